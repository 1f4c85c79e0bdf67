"""Options of pairs may be repeated or take several at once, and never take a file with them."""

from pathlib import Path

import pytest

from core.commands.options import names, one_each
from core.errors import BadSpec


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("import f --map a=b c=d --name n", "import f --map a=b --map c=d --name n"),
        ("import f --map a=b --map c=d", "import f --map a=b --map c=d"),
        ("import --map a=b c=d f g=h", "import --map a=b --map c=d f g=h"),
        ("import f --map saved", "import f --map saved"),
        ("pattern trend --log l --set a=1 b=2 --json", "pattern trend --log l --set a=1 --set b=2 --json"),
        ("graph check f --observe A=1 B=2 --set C=3", "graph check f --observe A=1 --observe B=2 --set C=3"),
        ("study q --covariates a=b c=d", "study q --covariates a=b c=d"),
        ("import --map", "import --map"),
    ],
)
def test_several_pairs_after_one_option_are_the_option_repeated(given: str, told: str) -> None:
    assert one_each(given.split()) == told.split()


def test_a_file_whose_name_has_an_equals_sign_stays_a_file(tmp_path: Path) -> None:
    part = tmp_path / "country=de.csv"
    part.touch()
    assert one_each(["import", "--map", "time=at", str(part)]) == ["import", "--map", "time=at", str(part)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a, b,,c ", ["a", "b", "c"]),
        ('age,"income, net", 5" pipe', ["age", "income, net", '5" pipe']),
        ("", []),
        (None, None),
    ],
)
def test_names_are_a_list_and_one_with_a_comma_stands_in_quotes(text: str | None, told: list[str] | None) -> None:
    assert names(text) == told


def test_a_list_of_names_over_two_lines_is_refused() -> None:
    with pytest.raises(BadSpec, match="no list of names"):
        names("a\nb")
