"""What an import hides before anything is stored."""

from typing import Any

from pydantic import Field

from core.errors import BadSpec
from core.specs import Spec

WORDS = "hash-users, coarsen-places=DECIMALS, drop-text, drop-attributes=NAME+NAME"


class PrivacySpec(Spec):
    """hash_users: user ids (and what names a user's session or event) become keyed hashes; place_decimals: latitude and
    longitude keep so many decimals (0: about 111 km, 1: 11 km, 2: 1.1 km, 3: 110 m), None keeps them; drop_text: texts
    are not stored; drop_attributes: nor are these attributes, by their own or their stored name."""

    hash_users: bool = False
    place_decimals: int | None = Field(default=None, ge=0, le=3)
    drop_text: bool = False
    drop_attributes: tuple[str, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether it hides anything."""
        return self.hash_users or self.place_decimals is not None or self.drop_text or bool(self.drop_attributes)

    @property
    def sentence(self) -> str:
        """What it hides, in words."""
        parts = ["user ids are keyed hashes"] if self.hash_users else []
        if self.place_decimals is not None:
            parts.append(f"places are rounded to {grid(self.place_decimals)}")
        parts += ["texts are not stored"] if self.drop_text else []
        parts += [f"without {', '.join(self.drop_attributes)}"] if self.drop_attributes else []
        return ", ".join(parts) or "nothing is hidden"

    @classmethod
    def from_words(cls, text: str) -> "PrivacySpec":
        """Read what people type: `hash-users,coarsen-places=2,drop-text,drop-attributes=email+phone`."""
        settings: dict[str, Any] = {}
        for word in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = word.partition("=")
            if name == "hash-users" and not value:
                settings["hash_users"] = True
            elif name == "coarsen-places" and (not value or value.isdigit()):
                settings["place_decimals"] = int(value or 2)
            elif name == "drop-text" and not value:
                settings["drop_text"] = True
            elif name == "drop-attributes" and value:
                settings["drop_attributes"] = [attribute for attribute in value.split("+") if attribute]
            else:
                raise BadSpec(f"'{word}' hides nothing that is known here; say one or more of {WORDS}.")
        return cls.read(settings)


def grid(decimals: int) -> str:
    """How far apart the points of a grid of so many decimals are, at the equator."""
    return ("111 km", "11 km", "1.1 km", "110 m")[decimals]


def hashes_users(spec: PrivacySpec | None) -> bool:
    """Whether users are hashed, so that the log's key is needed."""
    return spec is not None and spec.hash_users
