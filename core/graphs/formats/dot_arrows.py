"""Which way Graphviz draws an arrow: `dir`, `arrowhead` and `arrowtail` may turn `a -> b` round or make it no arrow.

Other programs write what they learnt so: `a -> b [dir=both, arrowtail=none]` is an arrow, `[dir=none]` an edge without
a direction, `[dir=both]` one that points both ways, and a circle (`odot`) an end that is not known. Only the first is
an edge of a causal graph as it stands.
"""

from dataclasses import replace
from typing import Final

from core.errors import BadFile
from core.graphs.formats.dot import Attributes, Code

AT_HEAD: Final = ("forward", "both")
AT_TAIL: Final = ("back", "both")
UNKNOWN_ENDS: Final = ("odot",)


def as_drawn(code: Code, notes: list[str]) -> Code:
    """The code with every edge as it is drawn; invisible ones are left out, and said. Raises BadFile with the place."""
    edges: dict[tuple[str, str], Attributes] = {}
    both_ways = dict(code.both_ways)
    for (source, target), said in code.edges.items():
        if _value(said, "style") == "invis":
            notes.append(f"The edge {source} → {target} is invisible and was left out.")
            continue
        head, tail = _ends(source, target, said)
        if head and tail:
            both_ways[source, target] = None
        else:
            edges.setdefault((source, target) if head else (target, source), said)
    return replace(code, edges=edges, both_ways=both_ways)


def _ends(source: str, target: str, said: Attributes) -> tuple[bool, bool]:
    """Whether there is an arrow at the target, and one at the source; raises BadFile if there is none."""
    way, head, tail = _value(said, "dir") or "forward", _value(said, "arrowhead"), _value(said, "arrowtail")
    at_head, at_tail = way in AT_HEAD, way in AT_TAIL
    if (at_head and head in UNKNOWN_ENDS) or (at_tail and tail in UNKNOWN_ENDS):
        raise BadFile(f"{_where(said)}: the edge of '{source}' and '{target}' has an end that is not known; direct it.")
    at_head, at_tail = at_head and head != "none", at_tail and tail != "none"
    if not (at_head or at_tail):
        raise BadFile(f"{_where(said)}: the edge of '{source}' and '{target}' has no direction; direct it first.")
    return at_head, at_tail


def _value(said: Attributes, key: str) -> str:
    value = said[key][1] if key in said else None
    return value.text.lower() if value is not None else ""


def _where(said: Attributes) -> str:
    return next(said[key][0].where for key in ("dir", "arrowhead", "arrowtail") if key in said)
