"""The benchmarks of effects are run by hand, for hours: that each can start, and that a failing one ends no other, is
tested here."""

import importlib
import subprocess
from pathlib import Path

import pytest

from tests.benchmarks import group
from tests.benchmarks.group import GROUPS, Part, run_group

FOLDER = Path(group.__file__).parent


@pytest.mark.parametrize("name", [part.name for parts in GROUPS.values() for part in parts])
def test_every_benchmark_of_a_group_is_there_and_finds_what_it_imports(name: str) -> None:
    assert (FOLDER / f"bench_{name}.py").is_file()
    importlib.import_module(f"tests.benchmarks.bench_{name}")


def test_a_failing_benchmark_ends_no_other_and_what_ended_well_is_not_run_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says = {"first": "one  0.1  target <= 1  met\ntwo  9.0  target <= 1  MISSED", "broken": "", "last": "three  ok "}
    for name, text in says.items():
        script = f"print({text!r})" if text else "raise SystemExit('no data')"
        (tmp_path / f"bench_{name}.py").write_text(script)
    monkeypatch.setattr(group, "__file__", str(tmp_path / "group.py"))
    monkeypatch.setitem(GROUPS, "some", tuple(Part(name) for name in says))
    assert run_group("some", ["--into", str(tmp_path / "kept")]) == 1
    told = capsys.readouterr().out.split("== summary")[1]
    assert "1 met, 1 missed" in told and told.strip().splitlines()[0].endswith("; two")
    assert "FAILED: no data" in told and "1 met, 0 missed" in told

    ran: list[str] = []
    popen = subprocess.Popen
    monkeypatch.setattr(group.subprocess, "Popen", lambda given, **how: ran.append(given[2]) or popen(given, **how))
    run_group("some", ["--into", str(tmp_path / "kept")])
    assert [Path(each).stem for each in ran] == ["bench_broken"]
