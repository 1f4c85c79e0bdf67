"""Rows of a database as the file that `import` reads."""

import argparse
from typing import Any

from core.commands.options import run
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add_database_options(added: argparse.ArgumentParser) -> None:
    """Give a command the options that name a database."""
    options = added.add_argument_group("instead of files, rows of a database")
    options.add_argument("--database", metavar="URL", help="postgresql://user@host:5432/name, clickhouse://, ...")
    options.add_argument("--table", metavar="NAME", help="a table or view, schema.name")
    options.add_argument("--query", metavar="SELECT", help="or the rows of one SELECT")
    options.add_argument("--password-env", metavar="NAME", help="the environment variable that holds the password")


def fetched(workspace: Workspace, options: argparse.Namespace) -> str:
    """Fetch what the options name and return where the rows lie; raises BadSpec."""
    from core.storage.databases import FetchSpec, keep_secret, split_password

    if options.files:
        raise BadSpec("Name either files or a --database, not both.")
    url, password = split_password(options.database)
    asked: dict[str, Any] = {"url": url, "table": options.table, "query": options.query}
    asked["password_env"] = options.password_env
    spec = FetchSpec.read(asked)
    if password:
        spec = spec.model_copy(update={"secret": keep_secret(workspace, password)})
    answer = run(workspace, "fetch", spec.plain(), title=f"Fetch {spec.title}")
    return str(answer["path"])
