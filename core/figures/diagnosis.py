"""Figures of a diagnosis: propensities, balance, and the way from the raw to the adjusted number."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from core.effects.verdict import shown
from core.figures.intervals import bars, difference_in, scale_of
from core.figures.theme import ACCENT, CATEGORIES, CONTRAST, FAINT, NEUTRAL, WHISKER, escaped, faded, in_lines, themed

BALANCE_LINE = 0.1
LOVE_ROWS = 30
STEPS = {"total": NEUTRAL, "group": CONTRAST, "rest": CONTRAST, "model": CATEGORIES[4]}


def love_plot(rows: Sequence[Mapping[str, Any]], *, measure: str = "difference in standard deviations") -> go.Figure:
    """Absolute difference of the arms per covariate, or group, before and after weighting; the line is at 0.1.

    Shows the rows that differed most (at most 30).
    """
    top = sorted(rows, key=lambda row: abs(row["before"] or 0))[-LOVE_ROWS:]
    titles = [in_lines(str(row["title"])) for row in top]
    drawn = go.Figure()
    for when, name, colour, symbol in (
        ("before", "before", NEUTRAL, "circle-open"),
        ("after", "after weighting", ACCENT, "circle"),
    ):
        if all(row[when] is None for row in top):
            continue  # an amount has no after
        drawn.add_trace(
            go.Scatter(
                x=[None if row[when] is None else abs(row[when]) for row in top],
                y=titles,
                mode="markers",
                name=name,
                marker={"size": 9, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
                hovertemplate="%{y}: %{x:.3f}<extra>" + name + "</extra>",
            )
        )
    drawn.add_vline(x=BALANCE_LINE, line={"color": FAINT, "dash": "dash", "width": 1.5})
    most_lines = max((1 + title.count("<br>") for title in titles), default=1)
    themed(drawn, height=110 + max(20, 15 * most_lines - 2) * max(4, len(titles)))  # rows are equally far apart
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title=f"{escaped(measure)}, without its sign", rangemode="tozero")
    return drawn


def mirrored_propensities(overlap: Mapping[str, Any]) -> go.Figure:
    """Treated units above the axis, controls below, by probability of treatment.

    overlap: `edges` of the bins, and the share of each arm in them, `treated_shares` and `control_shares`; `even`:
    whether the probabilities are those with arms of equal size.
    """
    edges = overlap["edges"]
    middle = [(low + high) / 2 for low, high in pairwise(edges)]
    width = [high - low for low, high in pairwise(edges)]
    drawn = go.Figure()
    for arm, sign, colour in (("treated", 1, ACCENT), ("control", -1, NEUTRAL)):
        shares = [100 * share for share in overlap[f"{arm}_shares"]]
        drawn.add_trace(
            go.Bar(
                x=middle,
                y=[sign * share for share in shares],
                width=width,
                name=arm,
                marker={"color": faded(colour, 0.75)},
                customdata=shares,
                hovertemplate="%{x:.2f}: %{customdata:.1f} % of the " + arm + "<extra></extra>",
            )
        )
    themed(drawn, height=300)
    drawn.update_layout(barmode="overlay", bargap=0, legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    scale = "were the arms equally large" if overlap.get("even") else "propensity"
    drawn.update_xaxes(title=f"probability of treatment ({scale})", range=[0, 1])
    peak = 100 * max(*overlap["treated_shares"], *overlap["control_shares"])
    step = next(step for step in (1, 2, 5, 10, 20, 50) if 3 * step >= peak or step == 50)
    ticks = range(-3 * step, 3 * step + 1, step)
    drawn.update_yaxes(
        title="share of the arm, %",
        zeroline=True,
        zerolinecolor=FAINT,
        tickvals=list(ticks),
        ticktext=[abs(t) for t in ticks],
    )
    return drawn


def waterfall(bars: Sequence[Mapping[str, Any]], *, unit: str) -> go.Figure:
    """From raw (top) to adjusted (bottom): a bar per step, starting where the one above ends, with its 95 % interval.

    bars: dicts of title, kind (total, group, rest, model), value, low, high; unit: "share" (drawn in percentage
    points) or the outcome's own.
    """
    scale = scale_of(unit)
    drawn, reached = go.Figure(), 0.0
    for place, bar in enumerate(bars):
        start = 0.0 if bar["kind"] == "total" else reached
        drawn.add_trace(_step(place, bar, start, scale, last=place + 1 == len(bars)))
        reached = start + scale * bar["value"]
        if place + 1 < len(bars):
            line = {"color": FAINT, "width": 1, "dash": "dot"}
            drawn.add_shape(type="line", x0=reached, x1=reached, y0=place, y1=place + 1, line=line)
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    raw = bars[0]["value"] if bars else None
    labels = [f"{in_lines(str(bar['title']))} <b>{_signed(bar['value'], unit, raw)}</b>" for bar in bars]
    themed(drawn, height=int(80 + 26 * sum(1.3 + 0.6 * label.count("<br>") for label in labels)))
    drawn.update_xaxes(title=difference_in(unit))
    drawn.update_yaxes(autorange="reversed", showgrid=False, tickvals=list(range(len(bars))), ticktext=labels)
    return drawn


def _step(place: int, bar: Mapping[str, Any], start: float, scale: float, *, last: bool) -> go.Bar:
    value, low, high = (scale * bar[name] for name in ("value", "low", "high"))
    return go.Bar(
        x=[value],
        base=[start],
        y=[place],
        orientation="h",
        marker={"color": faded(ACCENT if last else STEPS[bar["kind"]], 0.7)},
        error_x=bars([bar], WHISKER, scale=scale, thickness=1.5),
        customdata=[[value, low, high]],
        name=in_lines(str(bar["title"])),
        hovertemplate="%{customdata[0]:+.3g} (%{customdata[1]:.3g} to %{customdata[2]:.3g})",
        showlegend=False,
    )


def _signed(value: float, unit: str, beside: float | None) -> str:
    """As many decimals as the raw number has."""
    text = shown(value, unit, beside=beside)
    return text.lstrip("+-") if not text.strip("+-0.,") else text.replace("-", "\u2212")
