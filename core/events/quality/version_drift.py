"""What changed since the version before: events, event types, columns."""

from typing import Any

from core.errors import NotFound
from core.events.quality.drift import shifts, stability
from core.events.quality.finding import Finding, passed, percent, unjudged
from core.events.quality.subject import EXAMPLES, Subject
from core.storage.catalogue import find_manifest, list_versions

FEWER = 0.1  # of the events lost is worth a word
MADE_BY = {"clean": "cleaning", "forget": "forgetting users", "append": "an append", "import": "an import"}


def version_drift(subject: Subject) -> Finding:
    """Fails if columns or event types vanished, events fell by a tenth, or types shift by `drift_psi`; share: events
    lost, of those of the version before."""
    old = _before(subject)
    if old is None:
        return unjudged("This is the first version of the log.", unit="differences")
    new = subject.manifest
    types = [{str(entry["event_type"]): float(entry["events"]) for entry in side["event_types"]} for side in (old, new)]
    index = stability(types[0], types[1])
    gone = sorted(set(types[0]) - set(types[1]))
    columns = [{str(entry["column"]) for entry in side["attributes"]} | set(side["columns"]) for side in (old, new)]
    lost = sorted(columns[0] - columns[1])
    share = max(0.0, 1 - subject.events / max(int(old["events"]), 1))
    told = [
        *([f"{percent(share)} fewer events"] if share >= FEWER else []),
        *([f"event types shift, PSI {index:.2f}"] if index >= subject.spec.drift_psi else []),
        *([f"event types gone: {', '.join(gone[:5])}"] if gone else []),
        *([f"columns gone: {', '.join(lost[:5])}"] if lost else []),
    ]
    how = MADE_BY.get(str(new.get("made_by")), "an import")
    counts = f"{int(old['events']):,} events became {subject.events:,} by {how}"
    if not told:
        return passed(f"{counts}; event types and columns stay.", share=share, unit="differences")
    meant = new.get("made_by") in ("clean", "forget")
    return Finding(
        False,
        f"{counts}: {'; '.join(told)}. {'That was asked for.' if meant else 'The page Versions can go back.'}",
        "info" if meant or (not gone and not lost and index < subject.spec.drift_warning_psi) else "warning",
        len(told),
        share,
        "differences",
        tuple(
            {"event_type": kind, "share_before": round(p, 4), "share_after": round(q, 4)}
            for kind, p, q in shifts(types[0], types[1])[:EXAMPLES]
        ),
    )


def _before(subject: Subject) -> dict[str, Any] | None:
    """The manifest of the version that this one came from, else of the newest one made earlier; None for the first."""
    parent = subject.manifest.get("parent_version_id")
    if parent:
        try:
            return find_manifest(subject.workspace, subject.log.log_id, str(parent))
        except NotFound:  # pruned
            return None
    versions = list_versions(subject.workspace, subject.log.log_id)
    created = str(subject.manifest["created_at"])
    earlier = [
        row for row in versions if str(row["created_at"]) < created and row["version_id"] != subject.log.version_id
    ]
    if not earlier:
        return None
    newest = max(earlier, key=lambda row: str(row["created_at"]))
    return find_manifest(subject.workspace, subject.log.log_id, str(newest["version_id"]))
