"""Figures of features: how one is spread over the users."""

import plotly.graph_objects as go

from core.events.features.distribution import Distribution
from core.events.privacy.small_cells import FLAGGED_BELOW
from core.figures.theme import ACCENT, ROW_HEIGHT, escaped, faded, themed

LONGEST_LABEL = 40


def distribution(found: Distribution) -> go.Figure:
    """A bar per bin or value; bars of few users are hatched. Words lie on their side, the most frequent on top."""
    words = found.feature["kind"] in ("text", "boolean")
    users = [int(count) for count in found.frame["users"]]
    labels = [escaped(_short(str(label))) for label in found.frame["label"]]
    small = [0 < count < FLAGGED_BELOW for count in users]
    drawn = go.Figure(
        go.Bar(
            x=users if words else labels,
            y=labels if words else users,
            orientation="h" if words else "v",
            marker={
                "color": [faded(ACCENT, 0.35 if few else 0.85) for few in small],
                "pattern": {"shape": ["/" if few else "" for few in small]},
            },
            customdata=100 * found.frame["share"],
            hovertemplate=("%{y}: %{x:,} users" if words else "%{x}: %{y:,} users")
            + " (%{customdata:.3g} %)<extra></extra>",
        )
    )
    themed(drawn, height=max(120, 70 + ROW_HEIGHT * len(users)) if words else 320)
    title, unit = found.feature["title"], found.feature["unit"]
    if words:
        drawn.update_yaxes(autorange="reversed", showgrid=False, type="category")
        drawn.update_xaxes(title="users", tickformat=",", rangemode="tozero")
    else:
        drawn.update_xaxes(
            title=escaped(f"{title}, {unit}" if unit else title), showgrid=False, type="category", nticks=8
        )
        drawn.update_yaxes(title="users", tickformat=",", rangemode="tozero")
    return drawn


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 3] + "..."
