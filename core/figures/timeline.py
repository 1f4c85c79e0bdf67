"""The figure of a question's timeline."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, NEUTRAL, faded, in_lines, themed

COLOURS: Final = {"covariates": NEUTRAL, "treatment": ACCENT, "outcome": BETTER}
LAST: Final = 5.2  # where the end of the log is drawn
LABEL: Final = 32  # characters of a line over a bar, which a narrow page has room for to the right of time zero
BAR, LINE, GAP = 22, 18, 12  # pixels: of a bar, of a line of its label, between two rows


def question_timeline(stretches: Sequence[Mapping[str, Any]]) -> go.Figure:
    """What is measured when, around time zero, and the end of the log. Not to scale: an order, not a length.

    stretches: `part` (covariates, treatment or outcome), `start`, `end` (places; 0 is time zero) and `says`, which is
    written over the bars of its part, never beyond time zero, so that it fits a narrow page.
    """
    drawn = go.Figure()
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for each in stretches:
        parts.setdefault(str(each["part"]), []).append(each)
    below = LINE  # pixels from the top; under it the names of the two lines
    for part, bars in parts.items():
        label = "<br>".join(in_lines(str(each["says"]), LABEL) for each in bars)
        start = min(0.0, *(float(each["start"]) for each in bars))
        drawn.add_annotation(x=start, y=-below, text=label, align="left", xanchor="left", yanchor="top")
        top = below + LINE * (1 + label.count("<br>")) + 4
        below = top + BAR
        for each in bars:
            drawn.add_shape(
                type="rect", x0=each["start"], x1=each["end"], y0=-below, y1=-top,
                fillcolor=faded(COLOURS[part], 0.28), line={"color": COLOURS[part], "width": 1.5},
            )  # fmt: skip
        for place, line in ((0, {"color": FAINT, "width": 2}), (LAST, {"color": CONTRAST, "width": 2, "dash": "dot"})):
            drawn.add_shape(type="line", x0=place, x1=place, y0=-below - 4, y1=-top + 4, line=line)
        below += GAP
    for place, name, anchor in ((0, "time zero", "center"), (LAST, "end of the log", "right")):
        drawn.add_annotation(x=place, y=0, text=name, showarrow=False, xanchor=anchor, yanchor="top")
    drawn.update_annotations(showarrow=False)
    themed(drawn, height=below + 28)
    drawn.update_xaxes(visible=False, range=[-3.1, LAST + 0.1], fixedrange=True)
    drawn.update_yaxes(visible=False, range=[-below, 6], fixedrange=True)
    return drawn
