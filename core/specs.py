"""The common base of specs, and of the choices that a spec selects.

A spec is the frozen record of what was asked. It goes into the URL, the run folder, the cache key and the export, so it
must survive JSON unchanged and hash the same on every machine.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import BadSpec, NotFound
from core.near import near


class Spec(BaseModel):
    """A frozen, validated request. Subclasses add fields; durations end in `_days` or `_seconds`.

    event_references: the fields that say which events are meant (see core/events/definitions/references.py).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    event_references: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """Validate plain values (from JSON, a form or the command line); raises BadSpec with one sentence."""
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            raise BadSpec(_one_sentence(error, list(cls.model_fields))) from None

    def plain(self) -> dict[str, Any]:
        """The spec as JSON-ready values."""
        return self.model_dump(mode="json")

    def hash(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hash_of(self.plain())


def hash_of(value: Any) -> str:
    """SHA-256 of a JSON-ready value: sorted keys, no spaces, so that equal values hash equally everywhere."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


FORMS: Final = {  # what pydantic says in words of Python
    "tuple_type": "it must be a list",
    "model_attributes_type": 'it must be an object, such as {"kind": ...}',
    "model_type": "it must be an object",
    "dict_type": "it must be an object",
}


def _one_sentence(error: ValidationError, fields: list[str]) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        if len(first["loc"]) > 1:
            return f"There is no setting '{first['loc'][-1]}' in '{first['loc'][0]}'; leave it out."
        return f"There is no setting '{place}'; {near(place, fields, len(fields), 'the settings are')}."
    if first["type"] == "missing":
        return f"The setting '{place}' is missing; please give it a value."
    if first["type"] == "union_tag_invalid":  # one of several kinds, told apart by a setting of theirs
        asked, known = str(first["ctx"]["tag"]), first["ctx"]["expected_tags"].replace("'", "").split(", ")
        return f"Setting '{place}': there is no kind '{asked[:80]}'; {near(asked, known, len(known), 'choose from')}."
    message = FORMS.get(first["type"]) or first["msg"].removeprefix("Value error, ").rstrip(".")
    if not first["loc"]:
        word = message.split(maxsplit=1)[0]
        named = "_" in word and word in fields  # a setting keeps its own name
        return f"{message}." if named else f"{message[:1].upper()}{message[1:]}."
    shown = repr(first["input"])
    return f"Setting '{place}': {message} (got {shown if len(shown) <= 80 else shown[:77] + '...'})."


@dataclass(frozen=True)
class Choice:
    """One entry of a dict of choices. Listing choices imports nothing heavy: the function is named, not held.

    title: what the analyst reads; function: "package.module:name"; spec: the settings it takes, if it takes any;
    says: one sentence on what it is for.
    """

    title: str
    function: str
    says: str
    spec: type[Spec] | None = None

    def load(self) -> Callable[..., Any]:
        """Import the module and return the function."""
        return load_function(self.function)


AnyChoice = TypeVar("AnyChoice", bound=Choice)


def load_function(place: str) -> Callable[..., Any]:
    """Import "package.module:name" and return the function of that name."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def choose(choices: Mapping[str, AnyChoice], name: str, what: str) -> AnyChoice:
    """The entry of that name; raises NotFound that lists the names there are."""
    if name not in choices:
        raise NotFound(f"There is no {what} '{name}'; choose one of {', '.join(choices)}.")
    return choices[name]
