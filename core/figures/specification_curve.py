"""The specification curve: every choice's estimate in order of size, above what was chosen for it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.intervals import bars, colour_of, difference_in, scale_of
from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, UNDECIDED, WORSE, escaped, themed

DIMENSIONS: Final = (("estimator", "method"), ("covariates", "covariates"), ("setting", "question"))
CURVE_HEIGHT: Final = 240
CHOICE_HEIGHT: Final = 19
LONGEST: Final = 26


def specification_curve(rows: Sequence[Mapping[str, Any]], *, headline: float, unit: str) -> go.Figure:
    """rows: value, low, high, estimator, covariates, setting; smallest value first. The dotted line is the headline.

    Below, one line per choice with a dot where it was made; green lies clearly above zero, red below, grey on it.
    """
    scale = scale_of(unit)
    choices = _choices(rows)
    below = CHOICE_HEIGHT * len(choices) + 30
    drawn = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.03, row_heights=[CURVE_HEIGHT, max(below, 60)]
    )
    place = list(range(1, len(rows) + 1))
    colours = [colour_of(row["low"], row["high"]) for row in rows]
    for colour in (UNDECIDED, WORSE, BETTER):
        shown = [index for index, each in enumerate(colours) if each == colour]
        drawn.add_trace(
            go.Scatter(
                x=[place[index] for index in shown],
                y=[scale * rows[index]["value"] for index in shown],
                error_y=bars([rows[index] for index in shown], colour, scale=scale, thickness=1.5, width=0),
                mode="markers",
                marker={"size": 6, "color": colour},
                customdata=[_told(rows[index]) for index in shown],
                hovertemplate="%{y:.3g}<br>%{customdata}<extra></extra>",
                showlegend=False,
            ),
            row=1,
            col=1,
        )
    for name, _ in DIMENSIONS:
        drawn.add_trace(
            go.Scatter(
                x=place,
                y=[_named(name, row[name]) for row in rows],
                mode="markers",
                marker={"size": 6, "color": ACCENT, "symbol": "square"},
                hovertemplate="%{y}<extra></extra>",
                showlegend=False,
            ),
            row=2,
            col=1,
        )
    themed(drawn, height=CURVE_HEIGHT + below + 60)
    drawn.add_hline(y=0, line={"color": FAINT, "width": 1}, row=1, col=1)
    drawn.add_hline(y=scale * headline, line={"color": CONTRAST, "width": 1.5, "dash": "dot"}, row=1, col=1)
    drawn.update_yaxes(title=difference_in(unit), row=1, col=1)
    drawn.update_yaxes(categoryorder="array", categoryarray=choices[::-1], tickfont={"size": 11}, dtick=1, row=2, col=1)
    drawn.update_xaxes(visible=False)
    return drawn


def _choices(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every choice that some row made, in the order of DIMENSIONS."""
    return [
        choice for name, _ in DIMENSIONS for choice in dict.fromkeys(sorted(_named(name, row[name]) for row in rows))
    ]


def _named(name: str, choice: str) -> str:
    """A choice as it is written at the side, short enough for a phone."""
    text = {("covariates", "all"): "all covariates", ("setting", "as asked"): "question as asked"}.get(
        (name, choice), choice
    )
    return escaped(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def _told(row: Mapping[str, Any]) -> str:
    return "<br>".join(f"{called}: {escaped(str(row[name]))}" for name, called in DIMENSIONS)
