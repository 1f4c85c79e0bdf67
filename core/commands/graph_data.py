"""The options that say which data a graph is held against: a table, the users of a log, or a question's units."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.options import json_file, names
from core.errors import BadSpec


def takes_data(added: argparse.ArgumentParser) -> None:
    """Give a command the options."""
    added.add_argument("--table", metavar="FILE", help="CSV, TSV, Excel or Parquet, a column a variable")
    added.add_argument("--log", metavar="LOG_ID", help="its users, or the units of --question, one row each")
    added.add_argument("--question", metavar="QUESTION.json", help="with --log: its groups, treatment and outcome")
    added.add_argument("--at", metavar="TIME", help="users of a log: the moment between before and after")
    added.add_argument("--later-days", type=float, default=14, metavar="DAYS", help="users of a log: after the moment")
    added.add_argument("--columns", metavar="A,B", help="use these variables only")
    added.add_argument("--cluster", metavar="COLUMN", help="rows with equal values belong together")


def data_of(options: argparse.Namespace, *, what: str) -> dict[str, Any]:
    """A VariablesSpec in plain values; `what` needs the data. Raises BadSpec."""
    if (options.table is None) == (options.log is None):
        raise BadSpec(f"A {what} needs the data: give --table FILE, or --log LOG_ID.")
    if options.question and not options.log:
        raise BadSpec("--question belongs to a log; give --log LOG_ID.")
    asked: dict[str, Any] = {"columns": names(options.columns), "cluster": options.cluster}
    if options.table:
        return {**asked, "table": str(Path(options.table).resolve())}
    if options.question:
        return {**asked, "question": json_file(Path(options.question))}
    return {**asked, "users": {"at": options.at, "later_days": options.later_days}}
