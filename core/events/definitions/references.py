"""Event references: wherever an event is meant, an event type, a rule, or the name of a named event may stand.

Names become rules when a spec is made (`resolved`), so a spec, its hash and its export need no catalogue. What matches
an event type exactly is that event type, whatever it looks like. A rule made from a name carries it (`... as name`).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from core.errors import BadSpec, NotFound
from core.events.definitions.named_events import NamedEvent, named_events
from core.events.definitions.rule_text import read_rule
from core.events.definitions.rules import Rule, kinds_of
from core.near import near
from core.specs import Spec
from core.storage.catalogue import find_manifest
from core.storage.workspace import Workspace

AnySpec = TypeVar("AnySpec", bound=Spec)
RULE_LIKE: Final = re.compile(r"\bwhere\b|^\s*any\s+event\b|`", re.IGNORECASE)


def rule_of(reference: str, manifest: Mapping[str, Any]) -> Rule:
    """The rule that a reference in a spec means, checked against the log; names were resolved before.

    Raises NotFound for an event type that the log lacks, BadSpec for such a column and for text that is no rule.
    """
    known = [str(entry["event_type"]) for entry in manifest["event_types"]]
    if reference in known:
        return Rule(reference)
    try:
        rule = read_rule(reference)
    except BadSpec:
        if looks_like_rule(reference):
            raise
        raise _unknown(reference, known) from None
    if rule.event_type is not None and rule.event_type not in known:
        raise _unknown(rule.event_type, known)
    rule.check(kinds_of(manifest))
    return rule


def title_of(reference: str) -> str:
    """What to call a reference: the name it carries, else the reference itself."""
    try:
        return read_rule(reference).name or reference
    except BadSpec:
        return reference


def same_events(one: str, other: str) -> bool:
    """Whether two references mean the same events as far as their text tells, whatever they are called."""
    return one == other or _unnamed(one) == _unnamed(other)


def resolved(workspace: Workspace, log_id: str, reference: str) -> str:
    """A reference as a spec carries it: an event type as it is, anything else as the text of its rule.

    The name of a named event becomes its rule with that name. Raises BadSpec, NotFound.
    """
    manifest, named = find_manifest(workspace, log_id), named_events(workspace, log_id)
    if reference in {str(entry["event_type"]) for entry in manifest["event_types"]}:
        return reference
    if reference in named:
        return carried(named[reference])
    try:
        rule = rule_of(reference, manifest)
    except NotFound as error:
        also = f" Its named events are {', '.join(list(named)[:12])}." if named else ""
        raise NotFound(f"{error}{also}") from None
    return rule.plain() if rule.only_type is None or rule.name else rule.only_type


def carried(event: NamedEvent) -> str:
    """The reference that a spec carries for a named event."""
    return replace(read_rule(event.rule), name=event.name).plain()


def resolved_spec(workspace: Workspace, log_id: str, spec: AnySpec) -> AnySpec:
    """A spec with every event reference resolved; which fields hold some, its class says (`event_references`).

    A field's default names no event of a log and stays as it is.
    """
    update: dict[str, Any] = {}
    for field in spec.event_references:
        value = getattr(spec, field)
        if value == type(spec).model_fields[field].default:
            continue
        if isinstance(value, Spec):
            update[field] = resolved_spec(workspace, log_id, value).plain()
        elif isinstance(value, str):
            update[field] = resolved(workspace, log_id, value)
        elif value is not None:
            update[field] = tuple(resolved(workspace, log_id, each) for each in value)
    return type(spec).read({**spec.plain(), **update}) if update else spec


def looks_like_rule(text: str) -> bool:
    """Whether a text is meant as a rule, and not as a name: for messages, and for names that would confuse."""
    return RULE_LIKE.search(text) is not None


def _unnamed(reference: str) -> str:
    try:
        return read_rule(reference).unnamed().plain()
    except BadSpec:
        return Rule(reference).plain()


def _unknown(event_type: str, known: list[str]) -> NotFound:
    hint = near(event_type, known)
    meant = f"; {hint}" if hint.startswith("did you mean") else ""
    shown = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
    return NotFound(f"This log has no event type '{event_type[:80]}'; it has {shown}{meant}.")
