"""Which cleaning steps of a version judged events by what came later: what a causal question must not build on."""

from collections.abc import Mapping
from typing import Any


def steps_that_look_ahead(manifest: Mapping[str, Any]) -> list[str]:
    """The titles of the steps behind a version that used the future and changed something; empty if it is uncleaned."""
    return [str(step["title"]) for step in manifest.get("steps") or () if step["enabled"] and step["uses_future"]]
