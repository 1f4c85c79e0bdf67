"""The versions of a log as people compare them: what each holds, who made it, and how it differs from its parent."""

from collections.abc import Mapping
from typing import Any

from core.events.prune import version_bytes
from core.storage.catalogue import list_versions
from core.storage.workspace import Workspace

COUNTS = ("events", "users", "items", "sessions")
SAID = ("made_by", *COUNTS, "rejected", "first_at", "last_at", "parent_version_id", "base_version_id")


def described_versions(workspace: Workspace, log_id: str) -> list[dict[str, Any]]:
    """The versions of a log, newest first, each with its size on disk and its `diff`; raises NotFound.

    diff: against the version that was current when this one was made (its parent), null for the first one and where the
    parent was pruned: {events, users, items, sessions: the differences; event_types: [{event_type, before, after}] of
    those that changed, the largest change first}. `steps` and `appended` stand only where they apply.
    """
    versions = list_versions(workspace, log_id)
    manifests = {version["version_id"]: version["manifest"] for version in versions}
    described = []
    for version in versions:
        manifest = version["manifest"]
        parent = manifests.get(manifest.get("parent_version_id") or "")
        described.append(
            {key: version[key] for key in ("version_id", "created_at", "current")}
            | {key: manifest.get(key) for key in SAID}
            | {
                "made_by": manifest.get("made_by") or "import",
                "bytes": version_bytes(workspace, log_id, version["version_id"]),
            }
            | {key: manifest[key] for key in ("steps", "appended") if manifest.get(key)}
            | {
                "files": [file["name"] for file in manifest["files"]],
                "diff": diff(parent, manifest) if parent else None,
            }
        )
    return described


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """How two manifests differ in what they count."""
    old, new = ({kind["event_type"]: kind["events"] for kind in side["event_types"]} for side in (before, after))
    changed = [
        {"event_type": name, "before": old.get(name, 0), "after": new.get(name, 0)}
        for name in {**old, **new} if old.get(name, 0) != new.get(name, 0)
    ]  # fmt: skip
    changed.sort(key=lambda row: (-abs(row["after"] - row["before"]), row["event_type"]))
    return {**{key: after[key] - before[key] for key in COUNTS}, "event_types": changed}
