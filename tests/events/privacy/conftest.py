"""Files and imports for the tests of privacy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.workspace import Workspace


@pytest.fixture
def silent_import(workspace: Workspace) -> Callable[[Path], dict[str, Any]]:
    """silent_import(path) imports a file and returns its manifest."""
    return lambda path: import_log(workspace, ImportSpec(files=(str(path),)), lambda share, message: None)
