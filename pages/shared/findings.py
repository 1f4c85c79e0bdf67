"""What the checks of a log found: the light, each finding with its fix, what passed and what could not be judged."""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.events.cleaning import STEPS
from core.events.quality.assess import run_of
from core.events.quality.quality_spec import QualitySpec
from core.jobs.queue import submit
from core.storage.engine import Log
from core.storage.runs import find_result
from pages.shared import cached, controls, recipe_draft, words

AT_ONCE = 300_000  # events that are judged while the page waits
LIGHTS = {
    "red": (st.error, ":material/dangerous:", "Mend this log before you believe it"),
    "amber": (st.warning, ":material/warning:", "Believe this log with care"),
    "green": (st.success, ":material/verified:", "This log may be believed"),
}
SEVERITIES: dict[str, tuple[str, Literal["red", "orange", "blue"], str]] = {
    "error": (":material/dangerous:", "red", "mend first"),
    "warning": (":material/warning:", "orange", "look at"),
    "info": (":material/info:", "blue", "know of"),
}


def judged(log: Log, spec: QualitySpec) -> dict[str, Any] | None:
    """The checks of a log: at once for a small one, else from its run, which is shown while it is under way."""
    if int(log.manifest["events"]) <= AT_ONCE:
        with st.spinner("Checking the log"):
            return cached.quality(log, spec)
    row = run_of(cached.workspace(), log, spec)
    if row is None:
        title = f"Quality of {log.manifest['name']}"
        pinned = {"log_id": log.log_id, "version_id": log.version_id}
        run_id = submit(cached.workspace(), "quality", spec.plain(), title=title, **pinned)
    else:
        run_id = str(row["run_id"])
    return find_result(cached.workspace(), run_id) if controls.watch(run_id) == "done" else None


def show(log: Log, quality: dict[str, Any]) -> None:
    """Everything that was found, the gravest first."""
    box, icon, verdict = LIGHTS[quality["light"]]
    box(f"**{verdict}.** {controls.plain(quality['summary'])}", icon=icon)
    checks = quality["checks"]
    found = [check for check in checks if check["passed"] is False]
    for check in found:
        _finding(log, check)
    if found:
        controls.go_to("cleaning.py", "Open the recipe in Cleaning")
    unknown = [check for check in checks if check["passed"] is None]
    if unknown:
        with st.expander(f"{len(unknown)} could not be judged", icon=":material/help:"):
            st.caption("Not judged is not passed: nothing is known either way.")
            _listed(unknown, "not-judged", "Why not")
    sound = [check for check in checks if check["passed"]]
    with st.expander(f"{len(sound)} passed", icon=":material/check_circle:", expanded=not found):
        _listed(sound, "passed", "What was seen")
    controls.download(_all(checks), name="quality", label="All checks as CSV")


def _finding(log: Log, check: dict[str, Any]) -> None:
    icon, colour, what = SEVERITIES[check["severity"]]
    label = f"{check['title']} · {check['count']:,} {_unit(check)}"
    with st.expander(label, icon=icon, expanded=check["severity"] != "info"):
        st.badge(f"{what}{_share(check)}", color=colour)
        st.markdown(controls.plain(check["sentence"]))
        st.markdown(f"**What it breaks:** {controls.plain(check['breaks'])}")
        if check["examples"]:
            st.caption("Examples")
            st.dataframe(
                pd.DataFrame(check["examples"]).rename(columns=lambda name: str(name).replace("_", " ")),
                hide_index=True,
                alt=f"Examples of: {check['title']}",
                key=f"examples-{check['name']}",
                placeholder="",
            )
        if check["fix"]:
            _fix(log, check)


def _fix(log: Log, check: dict[str, Any]) -> None:
    """The step that mends it, in words, and the button that puts it into the recipe."""
    fix = check["fix"]
    held = recipe_draft.draft_recipe(log.manifest)
    with st.container(horizontal=True, vertical_alignment="center"):
        if fix in held:
            st.badge("In the recipe", icon=":material/check:", color="green")
        else:
            st.button(
                "Add the fix to the recipe",
                key=f"fix-{check['name']}",
                icon=":material/add:",
                on_click=recipe_draft.add_to_draft,
                args=(log.manifest, fix),
            )
        st.caption(f"{STEPS[fix['step']].title}: {controls.plain(_settings(fix['settings']))}")


def _settings(settings: dict[str, Any]) -> str:
    """A step's settings in one line."""
    told = []
    for name, value in settings.items():
        text = ", ".join(map(str, value[:6])) if isinstance(value, list) else str(value)
        more = f" and {len(value) - 6} more" if isinstance(value, list) and len(value) > 6 else ""
        if value is not None:
            told.append(f"{name.replace('_', ' ')} {text}{more}")
    return "; ".join(told) or "no settings"


def _unit(check: dict[str, Any]) -> str:
    unit = str(check["unit"])
    return unit.removesuffix("s") if check["count"] == 1 else unit


def _share(check: dict[str, Any]) -> str:
    share = check["share"]
    if share is None:
        return ""
    return " · under 0.1 %" if 0 < share < 0.001 else f" · {words.key_figure(share, 'share')}"


def _listed(checks: list[dict[str, Any]], name: str, said: str) -> None:
    frame = pd.DataFrame({"Check": [c["title"] for c in checks], said: [c["sentence"] for c in checks]})
    columns = {"Check": st.column_config.TextColumn(width=260), said: st.column_config.TextColumn(width="large")}
    st.dataframe(frame, hide_index=True, column_config=columns, alt=said, key=f"checks-{name}", placeholder="")


def _all(checks: list[dict[str, Any]]) -> pd.DataFrame:
    outcome = {True: "passed", False: "failed", None: "not judged"}
    names = ("title", "severity", "count", "unit", "share", "sentence", "breaks")
    return pd.DataFrame(
        [{"check": c["name"], "outcome": outcome[c["passed"]], **{name: c[name] for name in names}} for c in checks]
    )
