"""What the first rows of a file say about each of its columns: the ground on which roles and kinds are guessed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.events.reading.amounts import is_amount
from core.events.reading.gather import RawColumn
from core.events.reading.moments import SAMPLE_ROWS, iso_sql, present
from core.storage.engine import Writer


def _is_number(value: str) -> str:
    return f"coalesce(isfinite(TRY_CAST({value} AS DOUBLE)), false)"


# Days without a time of day (or at midnight, as Excel writes them), and times of day.
DAYS = (
    r"^((19|20|21)\d{6}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[.,]?[ -]\d{2,4}|[A-Za-z]{3,9}[.]? \d{1,2},? \d{4}|\d{4}年\d{1,2}月\d{1,2}日)"
    r"([ T]00:00(:00(\.0+)?)?([+]00)?)?$"
)
CLOCKS = r"^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][.]?[Mm][.]?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?$"

# What is counted, as SQL tests of a text value.
TESTS: dict[str, Callable[[str], str]] = {
    "filled": lambda v: f"{v} IS NOT NULL",
    "integers": lambda v: rf"regexp_matches({v}, '^[+-]?\d{{1,18}}$')",
    "numbers": _is_number,
    "comma_numbers": lambda v: rf"regexp_matches({v}, '^[+-]?\d+,\d+$')",
    "amounts": lambda v: is_amount(v, comma=False),
    "comma_amounts": lambda v: is_amount(v, comma=True),
    "whole_decimals": lambda v: rf"regexp_matches({v}, '^\d+\.0$')",
    "leading_zeros": lambda v: rf"regexp_matches({v}, '^0\d')",
    "booleans": lambda v: f"lower({v}) IN ('true', 'false')",
    "moments": lambda v: f"{iso_sql(v)} IS NOT NULL",
    "days": lambda v: f"regexp_matches({v}, '{DAYS}')",
    "clocks": lambda v: f"regexp_matches({v}, '{CLOCKS}')",
    "compact_clocks": lambda v: (
        rf"regexp_matches({v}, '^(([01]?\d|2[0-3])?[0-5])?\d(\.0+)?$|^([01]?\d|2[0-3])[0-5]\d[0-5]\d(\.0+)?$')"
    ),
}


@dataclass(frozen=True)
class Profile:
    """Counts over at most SAMPLE_ROWS rows; each but `rows`, `distinct` counts values that pass a test of TESTS.

    low, high: of the values that are numbers; examples: up to three distinct values in the order of the file.
    """

    column: RawColumn
    rows: int
    filled: int
    integers: int
    numbers: int
    comma_numbers: int
    amounts: int
    comma_amounts: int
    whole_decimals: int
    leading_zeros: int
    booleans: int
    moments: int
    days: int
    clocks: int
    compact_clocks: int
    distinct: int
    low: float | None
    high: float | None
    examples: tuple[str, ...]

    def all(self, count: int) -> bool:
        """Whether a count covers every filled value, and there is one."""
        return 0 < self.filled == count


def take_sample(engine: Writer) -> None:
    """Make `sample` anew, the first rows of `raw`."""
    engine.execute(f"CREATE OR REPLACE TABLE sample AS SELECT * FROM raw LIMIT {SAMPLE_ROWS}")


def profile(engine: Writer, columns: Sequence[RawColumn]) -> tuple[Profile, ...]:
    """A profile of each column, from `sample`."""
    return tuple(_profile(engine, column) for column in columns)


def _profile(engine: Writer, column: RawColumn) -> Profile:
    counts = ", ".join(f"count(*) FILTER ({test})" for test in (count("v") for count in TESTS.values()))
    values = f"(SELECT _row, {present(column)} AS v FROM sample)"
    number = f"CASE WHEN {_is_number('v')} THEN TRY_CAST(v AS DOUBLE) END"
    rows, distinct, low, high, *found = engine.rows(
        f"SELECT count(*), count(DISTINCT v), min({number}), max({number}), {counts} FROM {values}"
    )[0]
    examples = engine.rows(
        f"SELECT left(v, 80) FROM {values} WHERE v IS NOT NULL GROUP BY v ORDER BY min(_row) LIMIT 3"
    )
    return Profile(
        column, rows, **dict(zip(TESTS, found, strict=True)), distinct=distinct, low=low, high=high,
        examples=tuple(example[0] for example in examples),
    )  # fmt: skip
