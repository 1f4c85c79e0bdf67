"""A PostgreSQL table becomes a log with one command."""

import json
import os
import subprocess
import sys
from pathlib import Path

from core.storage.workspace import Workspace
from tests.postgres import PASSWORD, ROWS, Server

ROOT = Path(__file__).resolve().parents[2]


def run(workspace: Workspace, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "WHYPATH_WORKSPACE": str(workspace.root), **environment},
    )  # fmt: skip


def test_a_table_is_imported_by_its_address_and_the_password_is_kept_nowhere(
    workspace: Workspace, postgres: Server
) -> None:
    done = run(
        workspace,
        "import",
        "--database",
        postgres.whole_url,
        "--table",
        "Web Shop.the events",
        "--map",
        "user=user id",
        "--map",
        "time=at",
        "--map",
        "event=event",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["events"], answer["rejected"], answer["users"]) == (ROWS - ROWS // 500, ROWS // 500, 499)
    assert PASSWORD not in done.stdout + done.stderr
    kept = [path for path in workspace.root.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]
    assert kept == []
    assert [path for path in workspace.uploads.iterdir() if not path.name.startswith(".")] == []


def test_a_query_is_imported_with_the_password_from_the_environment(workspace: Workspace, postgres: Server) -> None:
    query = 'SELECT "user id" AS user_id, at AS timestamp, event FROM "Web Shop"."the events" WHERE "user id" < 5'
    done = run(
        workspace,
        "import",
        "--database",
        postgres.url,
        "--query",
        query,
        "--password-env",
        "SHOP",
        "--json",
        SHOP=PASSWORD,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["users"] == 5


def test_mistakes_are_one_sentence_and_exit_2(workspace: Workspace, postgres: Server) -> None:
    for arguments, sentence in (
        (["--table", "gone"], "gone"),
        (["--query", "DROP TABLE nothing"], "one SELECT"),
        ([], "either a table or a query"),
    ):
        done = run(workspace, "import", "--database", postgres.whole_url, *arguments)
        last = done.stderr.strip().splitlines()[-1]
        assert (done.returncode, sentence in last) == (2, True), done.stderr
        assert PASSWORD not in done.stderr
