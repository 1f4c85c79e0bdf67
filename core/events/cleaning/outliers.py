"""Outliers: values far from the rest, found column by column (quartiles, quantiles) or jointly (forest, clusters)."""

from typing import Literal

from core.events.cleaning.edits import add_attribute, as_doubles, change, check_columns, drop_or_mark
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

DETECTORS = {
    "iqr": "outside the quartiles by more than a multiple of their distance (IQR)",
    "quantile": "the lowest and the highest share",
    "isolation_forest": "the easiest to isolate (isolation forest)",
    "clusters": "in no dense cluster (DBSCAN)",
}
ACTIONS = {"drop": "Drop the events", "winsorise": "Move to the nearest usual value (winsorise)", "mark": "Only mark"}
MODELLED = ("isolation_forest", "clusters")
Bounds = tuple[float | None, float | None]


class Outliers(StepSettings):
    """columns: number columns; detect, action: see DETECTORS and ACTIONS; spread: IQRs beyond the quartiles;
    low_share, high_share: how much counts as too low or too high; share: how much the models take for outliers."""

    columns: tuple[str, ...] = asked(..., "Number columns", pick="numbers", min_length=1)
    detect: Literal["iqr", "quantile", "isolation_forest", "clusters"] = asked(
        "iqr", "What is an outlier", labels={name: words[0].upper() + words[1:] for name, words in DETECTORS.items()}
    )
    action: Literal["drop", "winsorise", "mark"] = asked("mark", "What to do", labels=ACTIONS)
    spread: float = asked(1.5, "Multiple of the IQR", when={"detect": ("iqr",)}, gt=0, le=100)
    low_share: float = asked(0.01, "Lowest share", when={"detect": ("quantile",)}, ge=0, lt=0.5)
    high_share: float = asked(0.01, "Highest share", when={"detect": ("quantile",)}, ge=0, lt=0.5)
    share: float = asked(0.01, "Share of outliers", when={"detect": MODELLED}, gt=0, le=0.5)

    @property
    def looks_ahead(self) -> bool:
        return True  # the bounds come from the whole log

    def words(self) -> str:
        found = {
            "iqr": f"more than {self.spread:g} IQR outside the quartiles",
            "quantile": f"lowest {100 * self.low_share:g} % and highest {100 * self.high_share:g} %",
        }.get(self.detect, f"{100 * self.share:g} % {DETECTORS[self.detect]}")
        return f"{listed(self.columns)}: {found}; {ACTIONS[self.action].lower()}"


def outliers(engine: Writer, kept: Kept, settings: Outliers, watch: Watch) -> Cleaned:
    """Drop, winsorise or mark. Events without a value are no outliers; the bounds used are in the notes."""
    check_columns(kept, settings.columns, "to find outliers in", "number")
    if settings.detect in MODELLED:
        from core.events.cleaning.outlier_models import find_odd_events

        notes = find_odd_events(engine, settings.columns, settings.detect, settings.share, watch)
        if settings.action == "winsorise":
            return _winsorised(engine, kept, _usual_range(engine, settings.columns), watch, notes)
        stem = f"outlier_{'_and_'.join(settings.columns)}"
        return drop_or_mark(
            engine, kept, "SELECT event_id FROM odd", watch, action=settings.action, stem=stem,
            title=f"Outlier in {', '.join(settings.columns)}", notes=notes,
        )  # fmt: skip
    bounds = {column: _bounds(engine, column, settings) for column in settings.columns}
    said = tuple(_said(column, *ends) for column, ends in bounds.items())
    if settings.action == "winsorise":
        return _winsorised(engine, kept, bounds, watch, said)
    if settings.action == "drop":
        outside = " UNION ALL ".join(_outside(column, ends) for column, ends in bounds.items())
        return drop_or_mark(engine, kept, outside, watch, action="drop", stem="", title="", notes=said)
    return _marked(engine, kept, bounds, watch, said)


def _bounds(engine: Writer, column: str, settings: Outliers) -> Bounds:
    """The lowest and highest usual value of a column; None where it has no value."""
    ends = (0.25, 0.75) if settings.detect == "iqr" else (settings.low_share, 1 - settings.high_share)
    query = f"SELECT quantile_cont({quoted(column)}::DOUBLE, [{ends[0]:.17g}, {ends[1]:.17g}]) FROM kept"
    found = engine.rows(query)[0][0]
    if found is None:
        return None, None
    low, high = found
    beyond = settings.spread * (high - low) if settings.detect == "iqr" else 0.0
    return low - beyond, high + beyond


def _usual_range(engine: Writer, columns: tuple[str, ...]) -> dict[str, Bounds]:
    """The range of each column among the events that are not odd."""
    usual = "FROM kept WHERE event_id NOT IN (SELECT event_id FROM odd)"
    return {
        column: engine.rows(f"SELECT min({quoted(column)})::DOUBLE, max({quoted(column)})::DOUBLE {usual}")[0]
        for column in columns
    }  # fmt: skip


def _outside(column: str, ends: Bounds) -> str:
    low, high = ends
    if low is None or high is None:
        return "SELECT event_id FROM kept WHERE false"
    return f"SELECT event_id FROM kept WHERE {quoted(column)} < {low!r}::DOUBLE OR {quoted(column)} > {high!r}::DOUBLE"


def _winsorised(engine: Writer, kept: Kept, bounds: dict[str, Bounds], watch: Watch, notes: tuple[str, ...]) -> Cleaned:
    changed = 0
    for column, (low, high) in bounds.items():
        if low is None or high is None:
            continue
        as_doubles(engine, kept, column)
        name = quoted(column)
        clipped = f"greatest(least({name}, ?), ?)"
        changed += change(engine, column, clipped, watch, where=f"{name} IS NOT NULL", values=[high, low])
    return Cleaned(kept, changed, notes)


def _marked(engine: Writer, kept: Kept, bounds: dict[str, Bounds], watch: Watch, notes: tuple[str, ...]) -> Cleaned:
    changed, names = 0, []
    for column, ends in bounds.items():
        kept, flag = add_attribute(engine, kept, f"outlier_{column}", f"Outlier in {column}", "boolean")
        engine.execute(f"UPDATE kept SET {quoted(flag)} = false")
        changed += change(engine, flag, "true", watch, where=f"event_id IN ({_outside(column, ends)})")
        names.append(flag)
    return Cleaned(kept, changed, (*notes, f"Marked in {listed(tuple(names))}."))


def _said(column: str, low: float | None, high: float | None) -> str:
    return f"Usual {column}: {low:,.6g} to {high:,.6g}." if low is not None else f"{column} has no value."
