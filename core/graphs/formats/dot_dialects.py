"""What DOT and DAGitty code mean for a causal graph, and how it is written as either.

DOT holds everything: roles, tier, learnt, stability and halved are attributes of our own, label is the title, pos the
place (y up, as Graphviz has it). DAGitty holds names, roles but `randomised`, and places; its `a <-> b`, an unnamed
common cause, becomes an unmeasured node.
"""

import re
from dataclasses import replace
from typing import Final, TypeVar

from core.errors import BadFile
from core.graphs.causal_graph import PLACED_WITHIN, ROLES, CausalGraph, Learnt, Node
from core.graphs.formats.dot import Attributes, Code, Word, parse_code
from core.graphs.formats.dot_arrows import as_drawn

FLAGS: Final = {
    "exposure": "treatment", "e": "treatment", "outcome": "outcome", "o": "outcome",
    "latent": "unmeasured", "l": "unmeasured", "unobserved": "unmeasured", "u": "unmeasured",
    "selected": "selected", "s": "selected",
    **{role: role for role in ROLES},
}  # fmt: skip
PASSED_OVER: Final = ("adjusted", "a")  # what to adjust for follows from the arrows
DAGITTY_WORDS: Final = {"treatment": "exposure", "outcome": "outcome", "unmeasured": "latent", "selected": "selected"}
POSITION: Final = re.compile(r"\s*(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*,\s*(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*!?\s*")
T = TypeVar("T")
# DAGitty's own coordinates span a few units; ours are pixels.
SMALL_SPAN, WANTED_SPAN = 30.0, 600.0


def parse_dot(text: str) -> tuple[CausalGraph, list[str]]:
    """The causal graph of DOT or DAGitty code, with what was left out; raises BadFile, BadSpec."""
    code = parse_code(text)
    dagitty = code.kind == "dag"
    notes: list[str] = []
    code = code if dagitty else as_drawn(_by_label(code), notes)
    nodes = [_node(name, attributes, dagitty=dagitty, notes=notes) for name, attributes in code.nodes.items()]
    edges = dict.fromkeys(code.edges)
    for one, other in code.both_ways:
        hidden = _free_name(f"unmeasured cause of {one} and {other}", code)
        nodes.append(Node(hidden, ("unmeasured",)))
        edges |= dict.fromkeys([(hidden, one), (hidden, other)])
        notes.append(f"The double arrow {one} ↔ {other} became an unmeasured common cause of both.")
    notes += [f"The edge {one} → {other} stands twice; one is kept." for one, other in code.repeated]
    coefficients = sum("beta" in attributes for attributes in code.edges.values())
    if coefficients:
        notes.append(f"Coefficients (beta) of {coefficients} edges were left out; a causal graph has none.")
    learnt = [each for edge, attributes in code.edges.items() if (each := _learnt(edge, attributes)) is not None]
    placed = _in_pixels(nodes) if dagitty else nodes
    return CausalGraph(tuple(placed), tuple(edges), tuple(learnt)), list(dict.fromkeys(notes))


def write_dot(graph: CausalGraph) -> str:
    """DOT code from which the same graph comes back."""
    learnt = {(edge.source, edge.target): edge for edge in graph.learnt}
    lines = [f"  {_quoted(node.name)}{_listed(_dot_node(node))};" for node in graph.nodes]
    lines += [
        f"  {_quoted(source)} -> {_quoted(target)}{_listed(_dot_edge(learnt.get((source, target))))};"
        for source, target in graph.edges
    ]
    return "\n".join(["digraph {", *lines, "}", ""])


def write_dagitty(graph: CausalGraph) -> str:
    """DAGitty code; tiers, titles, learnt marks and the role `randomised` have no place in it and are left out."""
    lines = []
    for node in graph.nodes:
        flags = [DAGITTY_WORDS[role] for role in node.roles if role in DAGITTY_WORDS]
        flags += [f'pos="{_number(node.place[0])},{_number(node.place[1])}"'] if node.place else []
        lines.append(f"  {_quoted(node.name)}{_listed(flags)}")
    lines += [f"  {_quoted(source)} -> {_quoted(target)}" for source, target in graph.edges]
    return "\n".join(["dag {", *lines, "}", ""])


def _node(name: str, attributes: Attributes, *, dagitty: bool, notes: list[str]) -> Node:
    roles: list[str] = []
    for key, (word, value) in attributes.items():
        if value is not None:
            continue
        if key in FLAGS:
            roles.append(FLAGS[key])
        elif key in PASSED_OVER:
            notes.append(f"'{name}' was marked as adjusted, which was left out: the arrows say what to adjust for.")
        elif dagitty:
            raise BadFile(
                f"{word.where}: '{word.text[:40]}' is no mark of DAGitty; marks are exposure, outcome, latent, "
                "selected, adjusted."
            )
    stated = _text(attributes, "roles")
    roles += [role.strip() for role in stated.split(",") if role.strip()]
    roles += ["unmeasured"] if _text(attributes, "observed").lower() == "no" else []
    title = _text(attributes, "title") or _title_of_label(_text(attributes, "label"), name)
    return Node(name, tuple(dict.fromkeys(roles)), _tier(name, attributes), title, _place(attributes, dagitty=dagitty))


def _by_label(code: Code) -> Code:
    """Names instead of numbers: other programs number their nodes, unquoted, and write the name as the label."""
    labels = {number: _text(said, "label") for number, said in code.nodes.items()}
    numbered = all(number.isdecimal() for number in labels) and not code.quoted & set(labels)
    if not (numbered and all(labels.values()) and len(set(labels.values())) == len(labels)) or r"\N" in labels.values():
        return code

    def named(pairs: dict[tuple[str, str], T]) -> dict[tuple[str, str], T]:
        return {(labels[one], labels[other]): said for (one, other), said in pairs.items()}

    nodes = {labels[number]: said for number, said in code.nodes.items()}
    return replace(
        code, nodes=nodes, edges=named(code.edges), both_ways=named(code.both_ways), repeated=named(code.repeated)
    )


def _title_of_label(label: str, name: str) -> str:
    """What a label says beside the name; Graphviz reads \\n, \\l and \\r in it as ends of lines."""
    return "" if label in (r"\N", name) else " ".join(re.split(r"\\[nlr]", label))


def _text(attributes: Attributes, key: str) -> str:
    value = attributes[key][1] if key in attributes else None
    return value.text if value is not None else ""


def _tier(name: str, attributes: Attributes) -> int | None:
    value = attributes["tier"][1] if "tier" in attributes else None
    if value is None:
        return None
    if not re.fullmatch(r"-?\d{1,18}", value.text):
        raise BadFile(f"{value.where}: the tier of node '{name}' is '{value.text[:40]}'; it must be a whole number.")
    return int(value.text)


def _place(attributes: Attributes, *, dagitty: bool) -> tuple[float, float] | None:
    word = attributes["pos"][1] if "pos" in attributes else None
    if word is None:
        return None
    found = POSITION.fullmatch(word.text)
    x, y = (float(found[1]), float(found[2])) if found else (PLACED_WITHIN, PLACED_WITHIN)
    if max(abs(x), abs(y)) >= PLACED_WITHIN:
        raise BadFile(f"{word.where}: the position '{word.text[:40]}' is not of the form x,y.")
    return (x, y) if dagitty else (x, 0.0 - y)


def _in_pixels(nodes: list[Node]) -> list[Node]:
    """The nodes with places spread out, if all lie within a few units of each other."""
    places = [node.place for node in nodes if node.place]
    spans = [max(axis) - min(axis) for axis in zip(*places, strict=True)]
    widest = max(spans, default=0.0)
    if not 0 < widest <= SMALL_SPAN:
        return nodes
    factor = WANTED_SPAN / widest
    left, top = (min(axis) for axis in zip(*places, strict=True))

    def moved(place: tuple[float, float]) -> tuple[float, float]:
        return round((place[0] - left) * factor, 1), round((place[1] - top) * factor, 1)

    return [
        Node(node.name, node.roles, node.tier, node.title, moved(node.place) if node.place else None) for node in nodes
    ]


def _learnt(edge: tuple[str, str], attributes: Attributes) -> Learnt | None:
    if "learnt" not in attributes:
        return None
    word = attributes["stability"][1] if "stability" in attributes else None
    stability = None if word is None else _share(word)
    halved = _text(attributes, "halved").lower() == "true"
    return Learnt(*edge, _text(attributes, "learnt"), stability, halved)


def _share(word: Word) -> float:
    try:
        share = float(word.text)
    except ValueError:
        share = float("nan")
    if not 0 <= share <= 1:
        raise BadFile(f"{word.where}: the stability '{word.text[:40]}' is not a share from 0 to 1.")
    return share


def _free_name(name: str, code: Code) -> str:
    while name in code.nodes:
        name += " too"
    return name


def _dot_node(node: Node) -> list[str]:
    parts = [f"roles={_quoted(','.join(node.roles))}"] if node.roles else []
    parts += [f"tier={node.tier}"] if node.tier is not None else []
    parts += [f"label={_quoted(node.title)}"] if node.title else []
    parts += [f"title={_quoted(node.title)}"] if _title_of_label(node.title, node.name) != node.title else []
    return parts + ([f'pos="{_number(node.place[0])},{_number(0.0 - node.place[1])}!"'] if node.place else [])


def _dot_edge(learnt: Learnt | None) -> list[str]:
    if learnt is None:
        return []
    parts = [f"learnt={_quoted(learnt.method)}"]
    parts += [f'stability="{learnt.stability!r}"'] if learnt.stability is not None else []
    return parts + (["halved=true"] if learnt.halved else [])


def _number(value: float) -> str:
    return repr(int(value)) if value.is_integer() else repr(value)


def _listed(parts: list[str]) -> str:
    return f" [{', '.join(parts)}]" if parts else ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
