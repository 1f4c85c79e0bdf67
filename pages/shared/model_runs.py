"""What the pages on models show of training runs: curves, quality beside the baselines, a table of all runs."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures.training import live_curves, models_compared
from core.recommenders import BASELINES, MODELS
from core.recommenders.size import memory_bytes
from core.recommenders.train_spec import TrainSpec
from core.storage.engine import Log
from core.storage.runs import find_metrics, find_result
from pages.shared import cached, controls, state, words

MEASURES = {"ndcg@10": "NDCG@10", "hr@10": "HR@10"}
TITLES = {name: choice.title for name, choice in {**MODELS, **BASELINES}.items()}


def run_title(row: dict[str, Any]) -> str:
    """A run as an entry of a list."""
    return f"{row['title']} · {row['created_at'][:16].replace('T', ' ')} UTC"


def choose_run(runs: list[dict[str, Any]]) -> str:
    """A select box of runs, the newest first; the address names the one that is shown."""
    titles = {str(row["run_id"]): run_title(row) for row in runs}
    state.take_from_url(state.RUN, titles)
    chosen: str = st.selectbox(
        "Run", titles, format_func=titles.__getitem__, key=state.RUN, on_change=state.put_in_url, args=(state.RUN,)
    )
    state.put_in_url(state.RUN)
    return chosen


def cost_note(log: Log, spec: TrainSpec) -> str:
    """What a training will take, before it starts: events, passes, time, memory."""
    counts = {str(row["event_type"]): int(row["events"]) for row in log.manifest["event_types"]}
    events = sum(counts[name] for name in spec.event_types or counts)
    users, items = int(log.manifest["users"]), int(log.manifest["items"])
    schedule = spec.schedule()
    length = f"At most {schedule.epochs} passes over the data" if schedule else "Solved in one step"
    if schedule and schedule.seconds:
        length += f" and {words.duration(schedule.seconds)} of training"
    gigabytes = memory_bytes(spec, users=users, items=items, events=events) / 2**30
    return (
        f"{events:,} events, {users:,} users, {items:,} items. {length}; up to {gigabytes:.1f} GB of memory, "
        "in a process of its own that goes on if you leave the page."
    )


def show_curves(run_id: str) -> None:
    """Loss and validation quality so far."""
    lines = find_metrics(cached.workspace(), run_id)
    if lines:
        controls.figure(
            live_curves(lines),
            caption="Loss on training events; NDCG@10 on the validation users, over the whole catalogue.",
            alt="Training loss and validation NDCG@10",
            name="curves",
        )


def show_result(result: dict[str, Any]) -> None:
    """What the model is worth: one sentence, then every model with its interval."""
    rows = quality_rows(result)
    st.subheader(finding(rows), anchor=False)
    left, right = st.columns([3, 2])
    with left:
        ndcg = [{**row, **row["ndcg@10"], "title": row["model"]} for row in rows]
        controls.figure(
            models_compared(ndcg, measure="NDCG@10"),
            caption=f"{split_caption(result)} Bars: 95 % bootstrap intervals over users.",
            alt="NDCG@10 of the model and the baselines",
            name="quality",
        )
    with right:
        controls.table(quality_table(rows), name="quality", alt="Metrics with intervals")
        speed = result.get("sequences_per_second")
        st.caption(
            f"{result['epochs'] or 0} epochs in {words.duration(result['seconds'])} on {result['device']}"
            + (f", {words.significant(speed)} sequences per second." if speed else ".")
        )
    controls.notes(result.get("notes") or [])


def quality_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The model first, then each baseline that has numbers: {model, is_baseline, "hr@10": {...}, "ndcg@10": {...}}."""
    own = {"model": TITLES.get(result["model"], result["model"]), "is_baseline": False, **result["metrics"]}
    others = [
        {"model": TITLES.get(name, name), "is_baseline": True, **metrics}
        for name, metrics in (result.get("baselines") or {}).items()
        if metrics and metrics.get("ndcg@10") and name != result["model"]
    ]
    return [own, *others]


def finding(rows: list[dict[str, Any]]) -> str:
    """Whether the model's interval lies above every baseline's value, as a sentence."""
    own, others = rows[0], rows[1:]
    beaten = [row["model"] for row in others if own["ndcg@10"]["low"] > row["ndcg@10"]["high"]]
    ahead = [row["model"] for row in others if own["ndcg@10"]["value"] > row["ndcg@10"]["value"]]
    if beaten:
        return f"{own['model']} clearly beats {' and '.join(beaten)} in NDCG@10"
    if ahead:
        return f"{own['model']} is ahead of {' and '.join(ahead)}, but the intervals overlap"
    return f"{own['model']} does not beat {' or '.join(row['model'] for row in others) or 'anything yet'}"


def quality_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Metrics with their intervals as text, one row per model."""
    return pd.DataFrame(
        [
            {"model": row["model"], **{title: _with_interval(row[name]) for name, title in MEASURES.items()}}
            for row in rows
        ]
    )


def _with_interval(metric: dict[str, float]) -> str:
    return f"{metric['value']:.4f} [{metric['low']:.4f}, {metric['high']:.4f}]"


def split_caption(result: dict[str, Any]) -> str:
    """The protocol and how many users and items were judged."""
    split = result.get("split") or {}
    users = split.get("test_users") or split.get("users")
    counted = f"{users:,} users, " if isinstance(users, int) else ""
    return f"Protocol: {result['protocol']}; {counted}the whole catalogue ranked."


def show_all(runs: list[dict[str, Any]]) -> None:
    """Every run on this log, with quality where it is known."""
    rows = []
    for row in runs:
        metrics = find_result(cached.workspace(), row["run_id"])["metrics"] if row["status"] == "done" else {}
        rows.append(
            {
                "run": row["title"],
                "status": row["status"],
                **{title: metrics.get(name, {}).get("value") for name, title in MEASURES.items()},
                "started (UTC)": (row["started_at"] or "")[:16].replace("T", " "),
                "why": row["error"] or "",
            }
        )
    st.subheader("All runs on this log", anchor=False)
    numbers = {title: st.column_config.NumberColumn(format="%.4f") for title in MEASURES.values()}
    controls.table(pd.DataFrame(rows), name="runs", alt="All training runs on this log", columns=numbers)
