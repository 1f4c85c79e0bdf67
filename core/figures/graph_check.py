"""Figures of a graph against data: claims, the graph with what is wrong, shuffled graphs, paths, observe and set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.marked_graph import Mark, marked_graph
from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, NEUTRAL, ROW_HEIGHT, WORSE, escaped, faded, themed
from core.graphs.causal_graph import CausalGraph

SHOWN: Final = 16
LONGEST: Final = 46
COLOURS: Final = {
    "contradicted": WORSE, "holds": BETTER, "too small to matter": NEUTRAL, "no power to tell": FAINT,
}  # fmt: skip


def claim_words(claim: Mapping[str, Any]) -> str:
    """A claim as text: age ⊥ buy | search."""
    given = f" | {', '.join(claim['given'])}" if claim["given"] else ""
    return f"{claim['one']} ⊥ {claim['other']}{given}"


def claims_forest(claims: Sequence[Mapping[str, Any]], *, floor: float) -> go.Figure:
    """What is left between the two nodes of each claim, with its interval; the band is what would not matter.

    The contradicted ones first, then those with the largest rest (at most SHOWN).
    """
    ordered = sorted(claims, key=lambda claim: (claim["verdict"] != "contradicted", -abs(claim["effect"])))
    shown = ordered[:SHOWN][::-1]
    drawn = go.Figure()
    drawn.add_vrect(x0=-floor, x1=floor, fillcolor=faded(NEUTRAL, 0.14), line_width=0)
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    for verdict, colour in COLOURS.items():
        places = [place for place, claim in enumerate(shown) if claim["verdict"] == verdict]
        if not places:
            continue
        drawn.add_trace(
            go.Scatter(
                x=[shown[place]["effect"] for place in places], y=places, mode="markers", name=verdict,
                marker={"size": 10, "color": colour, "symbol": "diamond" if verdict == "contradicted" else "circle"},
                error_x={
                    "type": "data", "symmetric": False, "thickness": 2, "width": 4, "color": colour,
                    "array": [shown[place]["high"] - shown[place]["effect"] for place in places],
                    "arrayminus": [shown[place]["effect"] - shown[place]["low"] for place in places],
                },
                customdata=[
                    (escaped(claim_words(shown[place])), shown[place]["low"], shown[place]["high"],
                     shown[place]["q_value"]) for place in places
                ],
                hovertemplate="%{customdata[0]}<br>%{x:.2f} (%{customdata[1]:.2f} to %{customdata[2]:.2f}), "
                "q = %{customdata[3]:.2g}<extra>" + verdict + "</extra>",
            )
        )  # fmt: skip
    themed(drawn, height=100 + ROW_HEIGHT * max(len(shown), 2))
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title="partial correlation that is left")
    drawn.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=[escaped(_short(claim_words(claim))) for claim in shown],
        range=[-0.7, len(shown) - 0.3], showgrid=False,
    )  # fmt: skip
    return drawn


def checked_graph(graph: CausalGraph, result: Mapping[str, Any]) -> go.Figure:
    """The graph: supported edges solid, unsupported ones dashed and grey, missing ones dotted and red."""
    edges = {}
    for edge in result["edges"]:
        pair = (edge["source"], edge["target"])
        says = f"{pair[0]} → {pair[1]}: {edge['verdict']}"
        if edge["effect"] is None:
            edges[pair] = Mark(CONTRAST, 1.4, "dash", says=says)
            continue
        says += f", {edge['effect']:.2f} ({edge['low']:.2f} to {edge['high']:.2f})"
        solid = edge["verdict"] == "supported"
        width = 1.4 + 4 * min(abs(edge["effect"]), 0.6)
        edges[pair] = Mark(
            ACCENT if solid else NEUTRAL, width if solid else 1.4, "solid" if solid else "dash", says=says
        )
    missing = {
        (claim["one"], claim["other"]): Mark(
            WORSE, 2.2, "dot", says=f"contradicted: {claim_words(claim)}, left {claim['effect']:.2f}"
        )
        for claim in result["implications"]
        if claim["verdict"] == "contradicted"
    }
    worst = result["first"]
    if worst is not None:
        pair = (worst["one"], worst["other"])
        missing = {pair: Mark(WORSE, 3.2, "dot", f"{worst['effect']:.2f}", missing[pair].says), **missing}
        missing = dict(list(missing.items())[:SHOWN])
    return marked_graph(graph, edges, missing)


def path_diagram(graph: CausalGraph, rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """The graph with the standardised coefficient at each edge; dashed where it cannot be told."""
    edges = {}
    for row in rows:
        pair = (row["source"], row["target"])
        if not row["identified"]:
            edges[pair] = Mark(FAINT, 1.4, "dash", "?", f"{pair[0]} → {pair[1]}: not identified")
            continue
        decided = row["low"] is None or row["low"] > 0 or row["high"] < 0
        colour = NEUTRAL if not decided else ACCENT if row["value"] > 0 else CONTRAST
        says = f"{pair[0]} → {pair[1]}: {row['value']:.2f}"
        if row["low"] is not None:
            says += f" ({row['low']:.2f} to {row['high']:.2f})"
        edges[pair] = Mark(colour, 1.4 + 4 * min(abs(row["value"]), 0.8), "solid", f"{row['value']:.2f}", says)
    return marked_graph(graph, edges, {})


def shuffles_histogram(falsification: Mapping[str, Any]) -> go.Figure:
    """How many claims the data violate in graphs with swapped names, and in this one (the line)."""
    counts = Counter(falsification["permuted_violations"])
    own = falsification["violations"]
    drawn = go.Figure(
        go.Bar(
            x=list(counts), y=list(counts.values()), width=0.85, marker={"color": faded(NEUTRAL, 0.75)},
            hovertemplate="%{x} violated: %{y} graphs<extra></extra>", showlegend=False,
        )
    )  # fmt: skip
    good = falsification["passed"]
    colour = BETTER if good else WORSE if good is False else CONTRAST
    drawn.add_vline(
        x=own, line={"color": colour, "width": 3},
        annotation={"text": f"this graph: {own}", "font": {"color": colour}, "yanchor": "bottom", "y": 1},
    )  # fmt: skip
    themed(drawn, height=260)
    drawn.update_layout(margin_t=34)
    top = max([*counts, own, 1])
    drawn.update_xaxes(
        title=f"violated claims, of {falsification['claims']}", range=[-0.5, top + 0.8], dtick=max(1, top // 10)
    )
    drawn.update_yaxes(title="shuffled graphs", tickformat="d")
    return drawn


def observe_and_set(answer: Mapping[str, Any], *, outcome: str) -> go.Figure:
    """The outcome's levels among units that have a value, beside those if everybody had it."""
    drawn = go.Figure()
    for key, name, colour in (("observed", "if it is observed", NEUTRAL), ("set", "if it is set", ACCENT)):
        rows = answer[key]
        if rows is None:
            continue
        drawn.add_trace(
            go.Bar(
                x=[escaped(row["level"]) for row in rows], y=[100 * row["share"] for row in rows], name=name,
                marker={"color": faded(colour, 0.8)},
                error_y={
                    "type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": colour,
                    "array": [100 * (row["high"] - row["share"]) for row in rows],
                    "arrayminus": [100 * (row["share"] - row["low"]) for row in rows],
                },
                texttemplate="%{y:.1f}", textposition="inside", insidetextanchor="middle", textfont={"color": "white"},
                hovertemplate="%{x}: %{y:.1f} %<extra>" + name + "</extra>",
            )
        )  # fmt: skip
    themed(drawn, height=320)
    drawn.update_layout(barmode="group", legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title=escaped(outcome), type="category")
    drawn.update_yaxes(title="share, %", rangemode="tozero")
    return drawn


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
