"""Missing values where the event type usually has one.

A price that only purchases carry is no fault. So a column is judged within each event type: where a type never has it,
nothing is missing.
"""

from core.events.columns import EVENT_TYPE, ITEM_ID, LATITUDE, LONGITUDE, TEXT
from core.events.quality.finding import Finding, counted, passed, percent, step
from core.events.quality.subject import EXAMPLES, Subject
from core.storage.engine import quoted

FILLED_SHARE = 0.05  # an event type that fills the column less often than this is not meant to have it
SMALL_TYPE = 20  # of a type with fewer events nothing is said
FEW_NULLS = 0.05  # below it, dropping the rows costs little


def nulls(subject: Subject) -> Finding:
    """Fails if a column lacks more than `null_share` within the types that use it; share: of the worst column."""
    counts = _counts(subject)
    worst: list[tuple[float, str, int, int]] = []
    for column in subject.columns:
        rows, filled = 0, 0
        for held in counts.values():
            if held["_rows"] >= SMALL_TYPE and held[column] >= FILLED_SHARE * held["_rows"]:
                rows, filled = rows + held["_rows"], filled + held[column]
        if rows and (rows - filled) / rows > subject.spec.null_share:
            worst.append(((rows - filled) / rows, column, rows - filled, rows))
    if not worst:
        return passed(f"No column lacks more than {percent(subject.spec.null_share)} where its event types use it.")
    worst.sort(reverse=True)
    share, column, missing, rows = worst[0]
    named = "; ".join(f"{name} lacks {part:,} of {of:,} ({percent(lack)})" for lack, name, part, of in worst[:5])
    more = f"; and {counted(len(worst) - 5, 'column')} more" if len(worst) > 5 else ""
    fix, advice = _fix(subject, column, share)
    return Finding(
        False,
        f"Among the event types that use them: {named}{more}.{advice}",
        "warning" if share > 0.2 else "info",
        missing,
        share,
        "events",
        tuple(
            {"column": name, "missing": part, "of": of, "share": round(lack, 4)}
            for lack, name, part, of in worst[:EXAMPLES]
        ),
        fix,
    )


def _counts(subject: Subject) -> dict[str, dict[str, int]]:
    """{event type: {"_rows": its events, column: how many of them have it}}."""
    held = ", ".join(f"count({quoted(name)}) AS {quoted(name)}" for name in subject.columns)
    rows = subject.records(
        f"SELECT CAST({EVENT_TYPE} AS VARCHAR) AS _type, count(*) AS _rows, {held} FROM events GROUP BY _type"
    )
    return {str(row.pop("_type")): {name: int(value) for name, value in row.items()} for row in rows}


def _fix(subject: Subject, column: str, share: float) -> tuple[dict[str, object] | None, str]:
    if column in (ITEM_ID, TEXT, LATITUDE, LONGITUDE) and share > FEW_NULLS:
        return None, f" No step can invent {column}: leave these events out where a question needs it."
    if share <= FEW_NULLS:
        return step("drop_missing", columns=[column]), ""
    kind = subject.attributes.get(column, "number" if column in subject.optional else "text")
    if kind == "time":
        return None, f" No step fills the moments of {column}."
    return step("fill_missing", column=column, method="median" if kind == "number" else "mode"), ""
