"""Specs survive JSON, hash the same everywhere, and refuse nonsense in one sentence."""

from typing import Self

import pytest
from pydantic import Field, model_validator

from core.errors import BadSpec, NotFound
from core.specs import Choice, Spec, choose


class Window(Spec):
    """A small spec."""

    days: float = Field(default=7, gt=0)
    name: str

    @model_validator(mode="after")
    def _short(self) -> Self:
        if self.name == "all":
            raise ValueError("name one thing")
        return self


def test_a_spec_survives_json_and_keeps_its_hash() -> None:
    spec = Window.read({"name": "a", "days": 2})
    again = Window.read(spec.plain())
    assert again == spec
    assert again.hash() == spec.hash()
    assert Window.read({"days": 2.0, "name": "a"}).hash() == spec.hash()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "'name' is missing"),
        ({"name": "a", "days": -1}, "Setting 'days': Input should be greater than 0 (got -1)."),
        ({"name": "all"}, "Name one thing."),
        ({"name": "a", "weeks": 1}, "There is no setting 'weeks'; the settings are days, name."),
    ],
)
def test_a_wrong_spec_is_refused_in_one_sentence(settings: dict[str, object], said: str) -> None:
    with pytest.raises(BadSpec) as caught:
        Window.read(settings)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_choice_names_those_there_are() -> None:
    choices = {"one": Choice("One", "core.specs:hash_of", "the first")}
    assert choose(choices, "one", "pattern").load()({}) == choices["one"].load()({})
    with pytest.raises(NotFound, match="choose one of one"):
        choose(choices, "two", "pattern")
