"""Figures of patterns: trend, metric, rhythm, sessions, funnel. Each takes the PatternTable of that pattern."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.theme import ACCENT, CATEGORIES, FAINT, NEUTRAL, SEQUENTIAL, escaped, faded, themed
from core.patterns.table import PatternTable

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SMALL = 30  # cells with fewer users are flagged
ROBUST_SHARE = 0.98  # of the cells; the scale ends there, so that one odd hour does not hide the rhythm


def trend(table: PatternTable) -> go.Figure:
    """One line per event type; buckets that the log covers only in part are dashed and hatched."""
    measure = table.spec.plain()["measure"]
    drawn = go.Figure()
    for place, (name, rows) in enumerate(table.frame.groupby("event_type", sort=False)):
        colour = CATEGORIES[place % len(CATEGORIES)]
        for part, dash in ((rows[rows["complete"]], "solid"), *((edge, "dot") for edge in _edges(rows))):
            drawn.add_trace(
                go.Scatter(
                    x=part["bucket"],
                    y=part[measure],
                    mode="lines",
                    name=escaped(str(name)),
                    legendgroup=str(name),
                    showlegend=dash == "solid",
                    line={"color": colour, "width": 2, "dash": dash},
                    hovertemplate="%{x|%a %-d %b %Y %H:%M}: %{y:,} " + measure + "<extra>%{fullData.name}</extra>",
                )
            )
    themed(drawn, height=380)
    for start, end in _partial_spans(table.frame):
        drawn.add_shape(
            type="rect", x0=start, x1=end, y0=0, y1=1, yref="paper", layer="below", line={"width": 0},
            fillcolor=faded(NEUTRAL, 0.16),
        )  # fmt: skip
    drawn.update_layout(hovermode="x unified")
    drawn.update_yaxes(title=f"{measure} per {table.spec.plain()['bucket']}", rangemode="tozero", tickformat=",")
    return drawn


def _edges(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """The incomplete buckets at either end, each with its complete neighbour: the dotted line joins the solid one."""
    complete = rows["complete"].to_numpy()
    if complete.all() or not complete.any():
        return [] if complete.all() else [rows]
    first, last = int(complete.argmax()), len(complete) - 1 - int(complete[::-1].argmax())
    edges = [rows.iloc[: first + 1], rows.iloc[last:]]
    return [edge for edge in edges if len(edge) > 1]


def _partial_spans(frame: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    buckets = frame.drop_duplicates("bucket")[["bucket", "complete"]].reset_index(drop=True)
    if len(buckets) < 2:
        return []
    width = buckets["bucket"].iloc[1] - buckets["bucket"].iloc[0]
    return [(start, start + width) for start in buckets.loc[~buckets["complete"], "bucket"]]


def metric(table: PatternTable) -> go.Figure:
    """One line with its 95 % band where there is one. Buckets that the log covers only in part are dotted and hatched,
    and the scale is that of the others: a share of one user may be anything."""
    spec, whole = table.spec.plain(), table.frame[table.frame["complete"]]
    share = spec["metric"]["kind"] == "share"
    scale = 100 if share else 1
    drawn = go.Figure()
    banded = bool(whole["low"].notna().any())
    for name, fill in (("low", None), ("high", "tonexty")) if banded else ():
        drawn.add_trace(
            go.Scatter(
                x=whole["bucket"], y=scale * whole[name], mode="lines", line={"width": 0}, fill=fill,
                fillcolor=faded(ACCENT, 0.2), showlegend=False, hoverinfo="skip",
            )
        )  # fmt: skip
    number = ("%{y:.3g}" if banded else "%{y:,}") + (" %" if share else "")
    for part, dash in ((whole, "solid"), *((edge, "dot") for edge in _edges(table.frame))):
        drawn.add_trace(
            go.Scatter(
                x=part["bucket"], y=scale * part["value"], mode="lines", showlegend=False,
                line={"color": ACCENT, "width": 2, "dash": dash}, name=escaped(spec["metric"]["name"]),
                hovertemplate="%{x|%a %-d %b %Y %H:%M}: " + number + "<extra></extra>",
            )
        )  # fmt: skip
    themed(drawn, height=320)
    for start, end in _partial_spans(table.frame):
        drawn.add_shape(
            type="rect", x0=start, x1=end, y0=0, y1=1, yref="paper", layer="below", line={"width": 0},
            fillcolor=faded(NEUTRAL, 0.16),
        )  # fmt: skip
    title = escaped(spec["metric"]["name"]) + (", %" if share else "")
    drawn.update_yaxes(title=f"{title} per {spec['bucket']}", rangemode="tozero")
    top = np.nanmax(scale * whole["high" if banded else "value"].to_numpy(dtype=float), initial=0.0)
    low = np.nanmin(scale * whole["low" if banded else "value"].to_numpy(dtype=float), initial=0.0)
    if top > low:
        drawn.update_yaxes(range=[1.08 * low, 1.08 * top])
    return drawn


def rhythm(table: PatternTable) -> go.Figure:
    """Hour by weekday: mean events of a slot, on a scale that ends at the 98th percentile."""
    grid = table.frame.pivot(index="weekday", columns="hour", values="mean")
    drawn = go.Figure(
        go.Heatmap(
            z=grid.to_numpy(),
            x=[f"{hour:02d}" for hour in grid.columns],
            y=[WEEKDAYS[int(day) - 1] for day in grid.index],
            colorscale=[list(stop) for stop in SEQUENTIAL],
            zmin=0,
            zmax=_scale_end(table.frame["mean"].to_numpy(dtype=float)),
            xgap=2,
            ygap=2,
            colorbar={
                "thickness": 10,
                "title": {"text": "events<br>an hour", "font": {"size": 13}},
                "tickfont": {"size": 13},
                "outlinewidth": 0,
                "len": 0.9,
            },
            hovertemplate="%{y} %{x}:00: %{z:.3g} events an hour<extra></extra>",
        )
    )
    themed(drawn, height=300)
    drawn.update_xaxes(title="hour of the day", showgrid=False, type="category")
    drawn.update_yaxes(autorange="reversed", showgrid=False)
    return drawn


def _scale_end(means: np.ndarray) -> float:
    known = means[np.isfinite(means)]
    return max(float(np.quantile(known, ROBUST_SHARE)), 1e-9) if len(known) else 1.0


def funnel(table: PatternTable) -> go.Figure:
    """One bar per step: share of the users who took the first step, with the 95 % interval."""
    frame = table.frame
    labels = [
        f"{step}. {escaped(str(name))}<br>{users:,} users"
        for step, name, users in zip(frame["step"], frame["event_type"], frame["users"], strict=True)
    ]
    shares = 100 * frame["share_of_first"]
    drawn = go.Figure(
        go.Bar(
            x=shares,
            y=labels,
            orientation="h",
            marker={
                "color": [faded(ACCENT, 0.35) if users < SMALL else faded(ACCENT, 0.85) for users in frame["users"]],
                "pattern": {"shape": ["/" if users < SMALL else "" for users in frame["users"]]},
            },
            error_x={
                "type": "data", "symmetric": False, "array": 100 * frame["high"] - shares,
                "arrayminus": shares - 100 * frame["low"], "color": FAINT, "thickness": 1.5, "width": 4,
            },
            customdata=frame["users"],
            hovertemplate="%{y}: %{customdata:,} users, %{x:.1f} % of the first step<extra></extra>",
        )
    )  # fmt: skip
    for label, share, high in zip(labels, shares, 100 * frame["high"].fillna(1.0), strict=True):
        drawn.add_annotation(x=max(share, high) + 1.5, y=label, text=f"{share:.1f} %", showarrow=False, xanchor="left")
    themed(drawn, height=90 + 54 * len(frame))
    drawn.update_xaxes(title="% of the users who took the first step", range=[0, 122], tickvals=[0, 25, 50, 75, 100])
    drawn.update_yaxes(autorange="reversed", showgrid=False)
    return drawn


def sessions(table: PatternTable) -> go.Figure:
    """Two histograms: sessions by number of events and by duration, as shares with their 95 % intervals."""
    drawn = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.06)
    for column, measure in enumerate(("events", "duration"), start=1):
        rows = table.frame[table.frame["measure"] == measure]
        shares = 100 * rows["share"]
        drawn.add_trace(
            go.Bar(
                x=rows["bin"].astype(str),
                y=shares,
                marker={"color": faded(ACCENT, 0.8)},
                error_y={
                    "type": "data", "symmetric": False, "array": 100 * rows["high"] - shares,
                    "arrayminus": shares - 100 * rows["low"], "color": FAINT, "thickness": 1.5, "width": 3,
                },
                customdata=rows["sessions"],
                hovertemplate="%{x}: %{y:.1f} % (%{customdata:,} sessions)<extra></extra>",
                showlegend=False,
            ),
            row=1,
            col=column,
        )  # fmt: skip
    themed(drawn, height=300)
    drawn.update_xaxes(type="category", showgrid=False)
    drawn.update_xaxes(title="events in the session", col=1)
    drawn.update_xaxes(title="duration of the session", col=2)
    drawn.update_yaxes(title="% of sessions", rangemode="tozero", col=1)
    return drawn
