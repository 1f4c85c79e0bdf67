"""The causal question in hand: in the URL as its spec's hash, so that a link asks the same."""

from collections.abc import Mapping
from typing import Any

from core.effects.grace import at_moments
from core.effects.proposals import proposed_questions
from core.effects.question import CausalQuestion
from core.errors import NotFound
from core.events.definitions.named_events import named_events
from core.events.definitions.references import carried
from core.storage.catalogue import find_spec, keep_spec
from core.storage.workspace import Workspace
from pages.shared import cached, controls, state


def recall_question(workspace: Workspace, manifest: Mapping[str, Any]) -> CausalQuestion:
    """The question in hand: the one in the URL or the session, else the first one proposed for this log."""
    key = state.recall(state.QUESTION)
    if key is not None:
        return CausalQuestion.read(find_spec(workspace, key))
    # Where none has an answer, the first one is in hand all the same: the form is there, and why it has none.
    proposed = proposals(workspace, manifest) or proposed_questions(manifest, _named(workspace, manifest))
    if not proposed:
        if manifest.get("has_users") is False:
            raise NotFound(
                f"The log '{manifest['name']}' does not tell its users apart, so nobody has a time before and a time "
                "after; import it with a user column."
            )
        raise NotFound(
            f"The log '{manifest['name']}' has one event type only, so there is nothing to compare; name two kinds of "
            "its events by rules in the dictionary, or import it with an event type column."
        )
    return proposed[0]


def proposals(workspace: Workspace, manifest: Mapping[str, Any]) -> list[CausalQuestion]:
    """Questions that this log can answer, by its event types and its named events."""
    named = _named(workspace, manifest)
    return cached.ready_questions(str(manifest["log_id"]), str(manifest["version_id"]), named)


def link_to_moments(asked: Mapping[str, Any], treated: int) -> None:
    """A link to a landmark's question at moments at which everybody is there; treated: how many of its units are."""
    other = CausalQuestion.read({**asked, **at_moments(asked, treated)})
    key = keep_spec(cached.workspace(), other.plain())
    controls.go_to("ask.py", "Ask it at moments at which everybody is there", **{state.QUESTION: key})


def _named(workspace: Workspace, manifest: Mapping[str, Any]) -> list[str]:
    """References of the log's named events."""
    return [carried(event) for event in named_events(workspace, str(manifest["log_id"])).values()]


def remember_question(workspace: Workspace, question: CausalQuestion) -> None:
    """Take a question in hand; its study was of another one, and so was the graph if it asks about other events."""
    key = keep_spec(workspace, question.plain())
    before = state.recall(state.QUESTION)
    if before != key:
        state.forget(state.STUDY)
        if before is not None and _asks_otherwise(find_spec(workspace, before), question):
            state.forget(state.GRAPH, state.GRAPH_NAME)
        state.remember(state.QUESTION, key)


def _asks_otherwise(before: Mapping[str, Any], question: CausalQuestion) -> bool:
    return (before.get("treatment"), before.get("outcome")) != (question.treatment, question.outcome)
