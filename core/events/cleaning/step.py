"""What a cleaning step is given and what it gives back.

    NAME(engine: Writer, kept: Kept, settings: ITS_SPEC, watch: Watch) -> Cleaned

It changes the table `kept` (see core/events/kept.py) in place: rows dropped, values changed, attributes added. Rows
keep their event_id. Doing a step twice does nothing the second time.
"""

from dataclasses import dataclass

from core.events.kept import Kept


@dataclass(frozen=True)
class Cleaned:
    """kept: what the table holds now; changed: rows whose values changed (dropped rows are counted by whoever runs the
    recipe); notes: what had to be decided or could not be done; uses_future: whether an event was judged by something
    later in its user's history, so that a causal question cannot take the cleaned log as it is."""

    kept: Kept
    changed: int = 0
    notes: tuple[str, ...] = ()
    uses_future: bool = False
