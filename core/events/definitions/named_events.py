"""Named events: a rule with a name, so that `big purchase` can be asked for wherever an event type can."""

from pydantic import Field, field_validator

from core.events.definitions.names import a_name
from core.specs import Spec
from core.storage.shelf import kept
from core.storage.workspace import Workspace

SHELF = "named_events"


class NamedEvent(Spec):
    """rule: which events it means, as the text of a rule. description: for people."""

    name: str = Field(min_length=1, max_length=80)
    rule: str = Field(min_length=1)
    description: str = Field(default="", max_length=2_000)

    _name = field_validator("name")(a_name)


def named_events(workspace: Workspace, log_id: str) -> dict[str, NamedEvent]:
    """The named events of a log, by name, in the order of names."""
    return {name: NamedEvent.read(body) for name, body in kept(workspace, SHELF, log_id=log_id).items()}
