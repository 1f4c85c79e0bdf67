"""The figure of a question's timeline."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, NEUTRAL, ROW_HEIGHT, escaped, faded, themed

COLOURS: Final = {"covariates": NEUTRAL, "treatment": ACCENT, "outcome": BETTER}
LAST: Final = 5.2  # where the end of the log is drawn


def question_timeline(stretches: Sequence[Mapping[str, Any]], *, zero: str, end: str) -> go.Figure:
    """What is measured when, around time zero, and the end of the log. Not to scale: an order, not a length.

    stretches: `part` (covariates, treatment or outcome), `start`, `end` (places; 0 is time zero) and `says`.
    """
    drawn = go.Figure()
    parts = list(dict.fromkeys(str(each["part"]) for each in stretches))
    rows = {part: len(parts) - 1 - place for place, part in enumerate(parts)}
    for each in stretches:
        row, colour = rows[each["part"]], COLOURS[each["part"]]
        drawn.add_shape(
            type="rect", x0=each["start"], x1=each["end"], y0=row - 0.3, y1=row + 0.3, fillcolor=faded(colour, 0.28),
            line={"color": colour, "width": 1.5},
        )  # fmt: skip
        drawn.add_annotation(
            x=each["start"] + 0.08, y=row, text=escaped(str(each["says"])), showarrow=False, xanchor="left"
        )
    top = len(parts) - 0.25
    drawn.add_vline(x=0, line={"color": FAINT, "width": 2})
    drawn.add_annotation(x=0.08, y=top, text=escaped(f"time zero: {zero}"), showarrow=False, xanchor="left")
    drawn.add_vline(x=LAST, line={"color": CONTRAST, "width": 2, "dash": "dot"})
    drawn.add_annotation(x=LAST - 0.08, y=-0.75, text=escaped(end), showarrow=False, xanchor="right")
    themed(drawn, height=(len(parts) + 3) * ROW_HEIGHT + 20)
    drawn.update_xaxes(visible=False, range=[-3.1, LAST + 0.1], fixedrange=True)
    drawn.update_yaxes(visible=False, range=[-1.1, len(parts) + 0.1], fixedrange=True)
    return drawn
