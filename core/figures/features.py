"""Figures of features: how one is spread over the users."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.events.features.distribution import Distribution
from core.events.privacy.small_cells import FLAGGED_BELOW
from core.figures.theme import ACCENT, ROW_HEIGHT, escaped, faded, themed

LONGEST_LABEL = 40
MILLISECONDS = 1_000


def distribution(found: Distribution) -> go.Figure:
    """A bar per bin or value; bars of few users are hatched. Words lie on their side, the most frequent on top."""
    words = found.feature["kind"] in ("text", "boolean")
    users = [int(count) for count in found.frame["users"]]
    small = [0 < count < FLAGGED_BELOW for count in users]
    looks = {
        "marker": {
            "color": [faded(ACCENT, 0.35 if few else 0.85) for few in small],
            "pattern": {"shape": ["/" if few else "" for few in small]},
        },
        "customdata": 100 * found.frame["share"],
        "hovertext": [escaped(_short(str(label))) for label in found.frame["label"]],
        "hovertemplate": f"%{{hovertext}}: %{{{'x' if words else 'y'}:,}} users (%{{customdata:.3g}} %)<extra></extra>",
    }
    if words:
        drawn = go.Figure(go.Bar(x=users, y=looks["hovertext"], orientation="h", **looks))
        themed(drawn, height=max(140, 70 + ROW_HEIGHT * len(users)))
        drawn.update_yaxes(autorange="reversed", showgrid=False, type="category")
        drawn.update_xaxes(title="users", tickformat=",", rangemode="tozero")
        return drawn
    drawn = go.Figure(go.Bar(y=users, **_places(found), **looks))
    themed(drawn, height=320)
    drawn.update_layout(bargap=0.1)
    title, unit = str(found.feature["title"]), str(found.feature["unit"])
    drawn.update_xaxes(title=escaped(title if unit in ("", title.lower()) else f"{title}, {unit}"), showgrid=False)
    drawn.update_yaxes(title="users", tickformat=",", rangemode="tozero")
    return drawn


def _places(found: Distribution) -> dict[str, Any]:
    """Where the bars of numbers stand: bins on a scale, the open one as wide as the others; few values side by side."""
    low, high = (found.frame[name].to_numpy(dtype=float) for name in ("low", "high"))
    if len(low) < 2 or np.array_equal(low, high):
        return {"x": [str(label) for label in found.frame["label"]]}
    width = high[0] - low[0]
    middle = low + width / 2
    if found.feature["kind"] == "time":
        return {"x": (middle * MILLISECONDS).astype("datetime64[ms]"), "width": width * MILLISECONDS * 0.9}
    return {"x": middle, "width": width * 0.9}


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 3] + "..."
