"""`graph effect`: the front door counted on a table, and sentences where it cannot be."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main

FRONT_DOOR = "dag { U [latent] T [exposure] Y [outcome] U -> T U -> Y T -> M M -> Y }"


def files(folder: Path, graph: str = FRONT_DOOR) -> list[str]:
    """A graph and 20,000 rows of it: T and Y share a cause, and T moves Y through M alone, by .6 · .5 = .3."""
    rng = np.random.default_rng(7)
    cause = rng.random(20_000) < 0.5
    treated = rng.random(20_000) < np.where(cause, 0.8, 0.2)
    between = rng.random(20_000) < np.where(treated, 0.8, 0.2)
    bought = rng.random(20_000) < 0.1 + 0.5 * between + 0.3 * cause
    pd.DataFrame({"T": np.where(treated, "yes", "no"), "M": between, "Y": bought}).to_parquet(folder / "table.parquet")
    (folder / "graph.dagitty").write_text(graph, encoding="utf-8")
    return ["graph", "effect", str(folder / "graph.dagitty"), "--table", str(folder / "table.parquet")]


def test_the_front_door_finds_the_effect_that_the_raw_difference_misses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*files(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["low"] < 0.30 < told["high"]
    assert (told["control"], told["treated"], told["rows"], told["left_out"]) == ("no", "yes", 20_000, 0)
    assert told["expression"] == "P(Y | do(T)) = Σ_M P(M | T) · [Σ_T' P(T') · P(Y | T', M)]"
    # The raw difference: .3 + .3 · (.8 − .2) = .48.
    assert main([*files(tmp_path, "dag { T [exposure] Y [outcome] T -> Y }"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["low"] > 0.42


@pytest.mark.parametrize(
    ("graph", "options", "says"),
    [
        ("dag { U [latent] T [exposure] Y [outcome] U -> T U -> Y T -> Y }", [], "Not identifiable: T and Y share an unmeasured"),
        (FRONT_DOOR, ["--levels", "yes"], "--levels takes two values"),
        (FRONT_DOOR, ["--levels", "yes,yes"], "'T' is compared with itself at yes; give two of no, yes."),
        (FRONT_DOOR, ["--levels", "no,maybe"], "'T' never is maybe; it is one of no, yes."),
        (FRONT_DOOR.replace("M", "W"), [], "The table has no column 'W', which the expression needs: T, W, Y."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], graph: str, options: list[str], says: str
) -> None:
    assert main([*files(tmp_path, graph), *options]) == 2
    assert says in capsys.readouterr().err


def test_a_csv_of_yes_and_no_is_asked_by_those_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Readers of CSV make truth values of them; checks and what-ifs take the words, too."""
    files(tmp_path)
    rows = pd.read_parquet(tmp_path / "table.parquet").drop(columns="M").head(500)
    rows.to_csv(tmp_path / "table.csv", index=False)
    (tmp_path / "graph.dagitty").write_text("dag { T [exposure] Y [outcome] T -> Y }", encoding="utf-8")
    asked = [str(tmp_path / "graph.dagitty"), "--table", str(tmp_path / "table.csv"), "--json"]
    assert main(["graph", "effect", *asked, "--levels", "no,yes", "--draws", "40"]) == 0
    assert main(["graph", "check", *asked, "--set", "T=yes", "--draws", "2", "--shuffles", "2"]) == 0
    assert main(["graph", "what-if", *asked, "--set", "T=yes", "--versus", "T=No", "--draws", "2"]) == 0
    capsys.readouterr()
    assert main(["graph", "effect", *asked, "--levels", "no,maybe"]) == 2
    assert "'T' never is maybe" in capsys.readouterr().err
