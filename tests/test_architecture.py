"""The house keeps its shape: each rule here is shown to fail on a planted violation."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path
    for folder in ("core", "pages", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
MAX_LINES = 300
HEAVY = (
    "torch", "pytorch_lightning", "torch_geometric", "dowhy", "econml", "lightgbm", "sklearn", "numba", "matplotlib",
    "causallearn",
)  # fmt: skip
FORBIDDEN_NAMES = {"utils.py", "util.py", "helpers.py", "common.py", "manager.py", "base.py", "misc.py"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the sources in which a test may break a rule."""
    for folder in ("core", "pages"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".importlinter", "pyproject.toml", "app.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_import_contracts_hold() -> None:
    answer = lint_imports(ROOT)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("core/storage/runs.py", "import core.jobs.queue", "One direction of imports"),
        ("core/patterns/__init__.py", "import core.effects", "One direction of imports"),
        ("core/events/columns.py", "import streamlit", "Streamlit only in pages"),
        ("core/patterns/__init__.py", "import plotly", "Plotly only in figures"),
        ("core/effects/table.py", "import duckdb", "DuckDB only in storage"),
        ("core/patterns/__init__.py", "import dowhy", "DoWhy, LightGBM"),
        ("pages/router.py", "import torch", "Torch, Lightning and PyG"),
    ],
)
def test_a_planted_import_breaks_its_contract(planted: Path, place: str, line: str, contract: str) -> None:
    file = planted / place
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    answer = lint_imports(planted)
    assert answer.returncode != 0
    broken = [row for row in answer.stdout.splitlines() if "BROKEN" in row]
    assert any(contract in row for row in broken), answer.stdout


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("import os", ["ruff", "check"]),
        ("x:int=1", ["ruff", "format", "--check"]),
        ("def f(a):\n    return a\n", ["mypy"]),
        ("def never_called_by_anybody() -> None: ...", ["vulture"]),
    ],
)
def test_a_planted_fault_is_found_by_its_tool(planted: Path, line: str, tool: list[str]) -> None:
    file = planted / "core" / "errors.py"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n\n{line}\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        *tool,
        *(["core/errors.py"] if tool[0] in ("ruff", "mypy") else ["core", "pages", "app.py"]),
    ]
    answer = subprocess.run(command, cwd=planted, capture_output=True, text=True, check=False)
    assert answer.returncode != 0, answer.stdout + answer.stderr
    assert "errors.py" in answer.stdout


def test_app_py_only_launches() -> None:
    """app.py is no package, so import-linter does not see it: it may import Streamlit, pages and core.storage or jobs."""
    allowed = {"streamlit", "core", "pages", "starlette"} | set(sys.stdlib_module_names)
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    roots = {name.split(".")[0] for node in ast.walk(tree) for name in imported(node)}
    assert roots <= allowed, roots - allowed


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_listing_choices_and_reading_specs_imports_nothing_heavy() -> None:
    """What the web process imports: every page's core modules, and every dict of choices."""
    program = (
        "import sys\n"
        "from core.patterns import PATTERNS\nfrom core.effects.estimators import ESTIMATORS\n"
        "from core.effects.refuters import REFUTERS\nfrom core.recommenders import BASELINES, MODELS\n"
        "import core.effects.question, core.graphs.identification.identify, core.events.recognise, core.jobs.queue\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "[]", answer.stdout + answer.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_concept_with_a_docstring(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.name not in FORBIDDEN_NAMES, "name a file after what it knows"
    assert len(text.splitlines()) <= MAX_LINES, "over 300 lines: one concept, or two?"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a file opens with what it is for"


def test_session_keys_and_caches_live_in_one_file_each() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        place = str(path.relative_to(ROOT))
        assert "st.cache_" not in text or place == "pages/shared/cached.py", place
        assert "session_state" not in text or place == "pages/shared/state.py", place
        assert "unsafe_allow_html" not in text, place


def test_the_readme_names_every_folder_and_every_choice() -> None:
    from core.effects.estimators import ESTIMATORS
    from core.effects.refuters import REFUTERS
    from core.events.cleaning import STEPS
    from core.events.quality import CHECKS
    from core.patterns import PATTERNS
    from core.recommenders import BASELINES, MODELS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}
    missing = [name for name in folders if f"{name}/" not in readme]
    choices = [name for choice in (CHECKS, STEPS, PATTERNS, ESTIMATORS, REFUTERS, MODELS, BASELINES) for name in choice]
    missing += [name for name in choices if f"`{name}`" not in readme]
    assert not missing, f"the README's map lacks {missing}"


def test_every_requirement_is_pinned_exactly() -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            wanted = line.split("#")[0].strip()
            assert not wanted or wanted.startswith("-r ") or re.fullmatch(r"[\w.\[\]-]+==[\w.]+", wanted), line
