"""Figures of who benefits: segments, sorted groups, calibration, uplift curves, a rule as a tree."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, difference_in, scale_of, whisker
from core.figures.theme import (
    ACCENT,
    BETTER,
    CONTRAST,
    FAINT,
    NEUTRAL,
    ROW_HEIGHT,
    UNDECIDED,
    WORSE,
    escaped,
    faded,
    in_lines,
    themed,
)

CHANCE = 0.05
NAME_LETTERS, LABEL_LETTERS = 48, 76  # a longer name before the colon, or label, is cut; the table has it whole
LINE_LETTERS = 30
LEAF_LETTERS = 24


def segment_forest(rows: Sequence[Mapping[str, Any]], average: Mapping[str, Any], *, unit: str) -> go.Figure:
    """One effect per segment: a thick bar for its own 95 % interval, a thin one that holds for all segments at once.

    The dashed line is the average of all units. Coloured are segments that differ from the rest with all looks counted.
    """
    scale = scale_of(unit)
    drawn = go.Figure()
    labels = _labels(rows)
    for row, label in reversed(list(zip(rows, labels, strict=True))):
        colour = _colour(row)
        for low, high, width in (("low_together", "high_together", 1.5), ("low", "high", 5)):
            whisker(drawn, label, scale * row[low], scale * row[high], colour, width)
        drawn.add_trace(
            go.Scatter(
                x=[scale * row["value"]],
                y=[label],
                mode="markers",
                marker={"size": 11, "color": colour, "line": {"width": 1.5, "color": "white"}},
                customdata=[[row["units"], row["users"]]],
                hovertemplate="%{y}: %{x:.3g}<br>%{customdata[0]:,} units of %{customdata[1]:,} users<extra></extra>",
                showlegend=False,
            )
        )
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    drawn.add_vline(x=scale * average["value"], line={"color": CONTRAST, "width": 1.5, "dash": "dash"})
    most_lines = max((1 + label.count("<br>") for label in labels), default=1)
    themed(drawn, height=80 + max(ROW_HEIGHT, 15 * most_lines + 2) * max(2, len(rows)))
    drawn.update_xaxes(title=difference_in(unit, "effect"))
    drawn.update_yaxes(showgrid=False)
    return drawn


def sorted_groups(rows: Sequence[Mapping[str, Any]], average: Mapping[str, Any], *, unit: str) -> go.Figure:
    """Found effects of units sorted by what was predicted for them, with intervals that hold for all groups; and the
    predictions as rings. The dashed line is the average of all units."""
    scale = scale_of(unit)
    names = [_place(row["group"], len(rows)) for row in rows]
    drawn = go.Figure()
    drawn.add_trace(
        go.Scatter(
            x=names,
            y=[scale * row["value"] for row in rows],
            mode="markers",
            name="found in held-out users",
            marker={"size": 12, "color": ACCENT},
            error_y=bars(rows, ACCENT, scale=scale, ends=("low_together", "high_together")),
            hovertemplate="%{x}: %{y:.3g}<extra>found</extra>",
        )
    )
    drawn.add_trace(
        go.Scatter(
            x=names,
            y=[scale * row["predicted"] for row in rows],
            mode="markers",
            name="predicted",
            marker={"size": 12, "color": CONTRAST, "symbol": "circle-open", "line": {"width": 2.5}},
            hovertemplate="%{x}: %{y:.3g}<extra>predicted</extra>",
        )
    )
    drawn.add_hline(y=0, line={"color": FAINT, "width": 1})
    drawn.add_hline(y=scale * average["value"], line={"color": NEUTRAL, "width": 1.5, "dash": "dash"})
    themed(drawn, height=380)
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(
        type="category",  # else plain numbers would be read as such, and the ends left out
        title="fifths of the units by predicted effect" if len(rows) == 5 else "units by predicted effect",
    )
    drawn.update_yaxes(title=difference_in(unit, "effect"))
    return drawn


def uplift_curves(learners: Sequence[Mapping[str, Any]], *, chosen: str, unit: str) -> go.Figure:
    """What treating a share of the units gains, the most promising first; one learner with its band, the others faint.

    The straight line is treating the same share at random.
    """
    scale = scale_of(unit)
    drawn = go.Figure()
    main = next(row for row in learners if row["learner"] == chosen)
    curve = main["curve"]
    share = [100 * each for each in curve["share"]]
    drawn.add_trace(
        go.Scatter(
            x=[*share, *reversed(share)],
            y=[scale * each for each in [*curve["high"], *reversed(curve["low"])]],
            fill="toself",
            fillcolor=faded(ACCENT, 0.16),
            line={"width": 0},
            hoverinfo="skip",
            name="95 % band",
        )
    )
    for row in learners:
        if row["learner"] != chosen:
            drawn.add_trace(_line(row["curve"], scale, row["title"], faded(NEUTRAL, 0.75), 1.5))
    drawn.add_trace(_line(curve, scale, main["title"], ACCENT, 3))
    drawn.add_trace(
        go.Scatter(
            x=share,
            y=[scale * each for each in curve["random"]],
            mode="lines",
            name="at random",
            line={"color": CONTRAST, "width": 2, "dash": "dash"},
            hovertemplate="%{x:.0f} % at random: %{y:.3g}<extra></extra>",
        )
    )
    themed(drawn, height=380)
    drawn.update_xaxes(title="share of the units that is treated, %", range=[0, 100])
    drawn.update_yaxes(title=difference_in(unit, "gain per unit"), zeroline=True, zerolinecolor=FAINT)
    return drawn


def policy_tree(tree: Mapping[str, Any], leaves: Sequence[Mapping[str, Any]], *, unit: str) -> go.Figure:
    """The rule as a tree, read from left to right; a leaf says what to do, for how many units, with its effect."""
    drawn = go.Figure()
    waiting = list(leaves)
    count = len(waiting)

    def walk(node: Mapping[str, Any], depth: int) -> float:
        if "treat" in node:
            leaf = waiting.pop(0)
            height = float(len(waiting))  # the first leaf stands highest
            _leaf(drawn, depth, height, leaf, unit)
            return height
        heights = []
        for side in ("below", "above"):
            at = walk(node[side], depth + 1)
            heights.append((at, node[side]["when"]))
        own = sum(at for at, _ in heights) / len(heights)
        for at, when in heights:
            _branch(drawn, depth, own, at, str(when))
        return own

    walk(tree, 0)
    deepest = _depth(tree)
    themed(drawn, height=70 + 78 * max(1, count))
    drawn.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False)
    drawn.update_xaxes(visible=False, range=[-0.05, deepest + 0.85], fixedrange=True)
    drawn.update_yaxes(visible=False, range=[-0.6, count - 0.4], fixedrange=True)
    return drawn


def _leaf(drawn: go.Figure, depth: int, height: float, leaf: Mapping[str, Any], unit: str) -> None:
    scale, colour = scale_of(unit), BETTER if leaf["treat"] else NEUTRAL
    size = f"{scale * leaf['value']:+.3g}{' points' if unit == 'share' else ''}"
    said = f"<b>{'Treat' if leaf['treat'] else 'Leave'}</b><br>{leaf['units']:,} units<br>effect {size}"
    drawn.add_annotation(
        x=depth, y=height, text=said, showarrow=False, xanchor="left", align="left", borderpad=6,
        bordercolor=colour, borderwidth=1.5, bgcolor=faded(colour, 0.14),
    )  # fmt: skip


def _branch(drawn: go.Figure, depth: int, start: float, end: float, when: str) -> None:
    drawn.add_trace(
        go.Scatter(
            x=[depth, depth + 0.12, depth + 0.98], y=[start, end, end], mode="lines",
            line={"color": FAINT, "width": 2}, hoverinfo="skip",
        )
    )  # fmt: skip
    drawn.add_annotation(
        x=depth + 0.15, y=end, text=escaped(_short(when, LEAF_LETTERS)), hovertext=escaped(when), showarrow=False,
        xanchor="left", yanchor="bottom",
    )  # fmt: skip


def _depth(tree: Mapping[str, Any]) -> int:
    return 0 if "treat" in tree else 1 + max(_depth(tree["below"]), _depth(tree["above"]))


def _line(curve: Mapping[str, Any], scale: float, title: str, colour: str, width: float) -> go.Scatter:
    return go.Scatter(
        x=[100 * each for each in curve["share"]],
        y=[scale * each for each in curve["value"]],
        mode="lines",
        name=escaped(title),
        line={"color": colour, "width": width},
        hovertemplate="%{x:.0f} %: %{y:.3g}<extra>" + escaped(title) + "</extra>",
    )


def _colour(row: Mapping[str, Any]) -> str:
    if row["chance_together"] is None or row["chance_together"] >= CHANCE:
        return UNDECIDED
    return BETTER if row["difference"]["value"] > 0 else WORSE


def _place(group: int, count: int) -> str:
    return f"{group} (lowest)" if group == 1 else f"{group} (highest)" if group == count else str(group)


def _labels(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Segments for an axis, in lines: a long split's name is cut, what tells its segments apart is not; labels stay
    apart."""
    told: list[str] = []
    for row in rows:
        split, segment = str(row["split"]), str(row["segment"])
        whole = segment if not segment.startswith(split) else _short(split, NAME_LETTERS) + segment[len(split) :]
        label, number = in_lines(_short(whole, LABEL_LETTERS), LINE_LETTERS), 2
        while label in told:
            label, number = f"{in_lines(_short(whole, LABEL_LETTERS), LINE_LETTERS)}<br>({number})", number + 1
        told.append(label)
    return told


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 3]}..."
