"""Databases that a log can be fetched from, through Ibis and whichever of their drivers are installed.

A password never stands in a spec, an error or a file that stays: it comes from the environment, or waits in a file of
its own (`keep_secret`) until the run that needs it has ended. The command line may connect anywhere; pages only to the
hosts that the administrator named in WHYPATH_DATABASES, because a server must not be used to look around its network.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import ibis
import sqlglot
import sqlglot.errors
from pydantic import Field, field_validator, model_validator
from sqlglot import expressions

from core.errors import BadSpec, NotFound
from core.specs import Spec
from core.storage.workspace import Workspace, checked_id, write_atomically

# Scheme of a URL: (title, Ibis's name and the extra to install, sqlglot's dialect).
DATABASES = {
    "postgresql": ("PostgreSQL", "postgres"),
    "postgres": ("PostgreSQL", "postgres"),
    "clickhouse": ("ClickHouse", "clickhouse"),
    "snowflake": ("Snowflake", "snowflake"),
    "bigquery": ("BigQuery", "bigquery"),
}
CONNECT_SECONDS = 10


class FetchSpec(Spec):
    """What to fetch: one table, or the rows of one SELECT.

    url: postgresql://user@host:5432/database and the like, without its password; table: name or schema.name; secret:
    what `keep_secret` returned; password_env: the environment variable that holds the password.
    """

    url: str = Field(max_length=2_000)
    table: str | None = Field(default=None, max_length=400)
    query: str | None = Field(default=None, max_length=20_000)
    secret: str | None = None
    password_env: str | None = None

    @field_validator("url")
    @classmethod
    def _known_and_without_password(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in DATABASES:
            raise ValueError(f"a database's address begins with one of {', '.join(f'{name}://' for name in DATABASES)}")
        if parts.password:
            raise ValueError("the address holds a password; give it apart, so that it is kept nowhere")
        return url

    @model_validator(mode="after")
    def _one_of_two(self) -> "FetchSpec":
        if bool(self.table) == bool(self.query):
            raise ValueError("name either a table or a query")
        if self.query:
            check_select(self.query, DATABASES[urlsplit(self.url).scheme][1])
        return self

    @property
    def title(self) -> str:
        """What is fetched, in words, without user or password."""
        parts = urlsplit(self.url)
        place = f"{DATABASES[parts.scheme][0]} {parts.hostname or ''}{parts.path}".strip()
        return f"{place}: {self.table or 'a query'}"


def split_password(url: str) -> tuple[str, str | None]:
    """The address without its password, and the password."""
    parts = urlsplit(url)
    if not parts.password:
        return url, None
    login, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login.split(':')[0]}@{place}")), unquote(parts.password)


def may_connect(url: str) -> bool:
    """Whether a page may reach this address: WHYPATH_DATABASES names host patterns, or `any`."""
    host = urlsplit(url).hostname or ""
    return any(pattern == "any" or fnmatch(host, pattern) for pattern in allowed_hosts())


def allowed_hosts() -> list[str]:
    """The host patterns that pages may reach."""
    return [pattern.strip() for pattern in os.environ.get("WHYPATH_DATABASES", "").split(",") if pattern.strip()]


def check_select(query: str, dialect: str) -> None:
    """Raise ValueError unless the text is one SELECT that changes nothing."""
    try:
        statements = [statement for statement in sqlglot.parse(query, read=dialect) if statement is not None]
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"the query cannot be read: {str(error).splitlines()[0][:200]}") from None
    if len(statements) != 1 or not isinstance(statements[0], expressions.Query):
        raise ValueError("the query must be one SELECT")
    changing = (
        expressions.Insert, expressions.Update, expressions.Delete, expressions.Merge, expressions.Create,
        expressions.Drop, expressions.Alter, expressions.Command, expressions.Into,
    )  # fmt: skip
    if statements[0].find(*changing):
        raise ValueError("the query must be one SELECT that changes nothing")


def keep_secret(workspace: Workspace, password: str) -> str:
    """Store a password for a run to come, readable by this account alone; returns the name to find it by."""
    workspace.prepare()
    name = f"secret-{secrets.token_hex(12)}"
    write_atomically(workspace.keys / name, password)  # made with mode 600
    return name


def drop_secret(workspace: Workspace, name: str | None) -> None:
    """Delete a stored password."""
    if name:
        (workspace.keys / checked_id(name)).unlink(missing_ok=True)


def password_of(workspace: Workspace, spec: FetchSpec) -> str | None:
    """The password of a spec, from the environment or from where it waits; raises NotFound, BadSpec."""
    if spec.password_env:
        if spec.password_env not in os.environ:
            raise BadSpec(f"The environment has no variable '{spec.password_env}' to hold the password.")
        return os.environ[spec.password_env]
    if not spec.secret:
        return None
    path = workspace.keys / checked_id(spec.secret)
    if not path.exists():
        raise NotFound("The password of this run is no longer kept; connect again and give it once more.")
    return path.read_text(encoding="utf-8")


@contextmanager
def connected(url: str, password: str | None) -> Iterator[Any]:
    """An Ibis backend, read-only where the database can promise that. What goes wrong becomes one sentence."""
    title, extra = DATABASES[urlsplit(url).scheme]
    options: dict[str, Any] = {"password": password} if password else {}
    if extra == "postgres":
        options |= {"connect_timeout": CONNECT_SECONDS, "application_name": "whypath"}
    try:
        backend = ibis.connect(url, **options)
    except (ImportError, AttributeError) as error:
        if isinstance(error, AttributeError) and "backend" not in str(error):
            raise
        raise BadSpec(f"The driver of {title} is not installed: pip install 'ibis-framework[{extra}]'.") from None
    except Exception as error:  # noqa: BLE001  each driver has errors of its own
        why = said(error, password).rstrip(".")
        raise BadSpec(f"{title} cannot be reached ({why}); check the address, the user and the password.") from None
    try:
        if extra == "postgres":
            with backend.raw_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"):
                pass
        yield backend
    finally:
        backend.disconnect()


def said(error: Exception, password: str | None) -> str:
    """A driver's message in one line, without the password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    text = next((line for line in lines if "FATAL" in line or "ERROR" in line), lines[0])
    return (text.replace(password, "***") if password else text)[:300].rstrip(".") + "."


def tables_of(url: str, password: str | None) -> list[str]:
    """The tables and views that the account sees, as schema.name where the database has schemas."""
    with connected(url, password) as backend:
        try:
            if urlsplit(url).scheme.startswith("postgres"):
                with backend.raw_sql(
                    "SELECT table_schema || '.' || table_name FROM information_schema.tables "
                    "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
                ) as found:
                    return [row[0] for row in found.fetchall()]
            return sorted(backend.list_tables())
        except Exception as error:  # noqa: BLE001  each driver has errors of its own
            raise BadSpec(f"The tables cannot be listed: {said(error, password)}") from None
