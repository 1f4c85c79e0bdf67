"""DOT and DAGitty code: two dialects of one small language, read by one parser that knows the line of every word.

    digraph { search -> buy; intent -> {search buy} [label="..."]; intent [roles="unmeasured", tier=0]; }
    dag { search [exposure] buy [outcome] intent [latent] search -> buy intent -> {search buy} search <-> buy }

DAGitty's `a <-> b` (an unnamed common cause) becomes an unmeasured node. Layout and style attributes are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import BadFile
from core.graphs.causal_graph import ROLES, CausalGraph, Node

WORD = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
      | (?P<edge><->|->|<-|--)
      | (?P<mark>[{}\[\];,=])
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<name>-?[\w.]+)""",
    re.VERBOSE | re.DOTALL,
)
FLAGS = {
    "exposure": "treatment", "e": "treatment", "outcome": "outcome", "o": "outcome",
    "latent": "unmeasured", "l": "unmeasured", "unobserved": "unmeasured", "u": "unmeasured", "selected": "selected",
    **{role: role for role in ROLES},
}  # fmt: skip
KINDS = ("digraph", "dag")


@dataclass
class _Parser:
    """Words still to read, and what was found so far (dicts, to keep the order)."""

    words: list[tuple[str, str, int]]
    place: int = 0
    nodes: dict[str, dict[str, str | None]] = field(default_factory=dict)
    edges: dict[tuple[str, str], None] = field(default_factory=dict)

    @property
    def word(self) -> tuple[str, str, int]:
        return self.words[min(self.place, len(self.words) - 1)]

    def at(self, *marks: str) -> bool:
        """Whether the next word is one of these signs (a quoted word never is)."""
        return self.word[0] in ("mark", "edge", "end") and self.word[1] in marks

    def take(self) -> tuple[str, str, int]:
        word = self.word
        self.place += 1
        return word

    def expect(self, mark: str) -> None:
        if not self.at(mark):
            raise BadFile(f"Line {self.word[2]} of the graph: expected '{mark}', found '{self.word[1]}'.")
        self.take()

    def name(self) -> str:
        kind, text, line = self.take()
        if kind not in ("name", "quoted"):
            raise BadFile(f"Line {line} of the graph: expected a name, found '{text}'; put odd names in double quotes.")
        return text

    def statements(self) -> list[str]:
        """Everything up to the closing brace; the names of the nodes in it."""
        inside: list[str] = []
        while not self.at("}"):
            if self.at(";", ","):
                self.take()
                continue
            inside += self.statement()
        self.take()
        return list(dict.fromkeys(inside))

    def statement(self) -> list[str]:
        if self.word[0] == "name" and self.word[1] in ("node", "edge", "graph") and self.ahead("["):
            self.take()
            self.attributes()
            return []
        if self.ahead("="):
            self.place += 3
            return []
        return self.chain()

    def chain(self) -> list[str]:
        groups = [self.operand()]
        while self.at("->", "<-", "<->", "--"):
            _, arrow, line = self.take()
            groups.append(self.operand())
            self.join(groups[-2], arrow, groups[-1], line)
        attributes = self.attributes()
        if len(groups) == 1:
            for name in groups[0]:
                self.nodes[name] |= attributes
        return [name for group in groups for name in group]

    def operand(self) -> list[str]:
        if self.word[:2] == ("name", "subgraph"):
            self.take()
            if not self.at("{"):
                self.name()
        if self.at("{"):
            self.take()
            return self.statements()
        name = self.name()
        self.nodes.setdefault(name, {})
        return [name]

    def join(self, left: list[str], arrow: str, right: list[str], line: int) -> None:
        if arrow == "--":
            raise BadFile(f"Line {line} of the graph: '--' has no direction; a causal graph needs '->'.")
        for one in left:
            for other in right:
                if arrow == "<->":
                    hidden = f"unmeasured cause of {one} and {other}"
                    self.nodes.setdefault(hidden, {"latent": None})
                    self.edges |= {(hidden, one): None, (hidden, other): None}
                else:
                    self.edges[(one, other) if arrow == "->" else (other, one)] = None

    def attributes(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        while self.at("["):
            self.take()
            while not self.at("]"):
                if self.at(",", ";"):
                    self.take()
                    continue
                key = self.name()
                found[key] = None
                if self.at("="):
                    self.take()
                    found[key] = self.name()
            self.take()
        return found

    def ahead(self, mark: str) -> bool:
        """Whether the word after the next one is this sign."""
        later = self.words[min(self.place + 1, len(self.words) - 1)]
        return later[0] == "mark" and later[1] == mark


def parse_dot(text: str) -> CausalGraph:
    """The causal graph of DOT or DAGitty code; raises BadFile with the line, BadSpec for what no graph may hold."""
    parser = _Parser(list(_words(text)))
    if parser.word[1] == "strict":
        parser.take()
    kind, word, line = parser.take()
    if kind != "name" or word.lower() not in KINDS:
        raise BadFile(
            f"Line {line} of the graph: it starts with '{word[:40]}'; a causal graph starts with digraph or dag."
        )
    if not parser.at("{"):
        parser.name()
    parser.expect("{")
    try:
        parser.statements()
    except RecursionError:
        raise BadFile("The graph nests its braces too deeply to be a causal graph.") from None
    nodes = tuple(_node(name, attributes) for name, attributes in parser.nodes.items())
    return CausalGraph(nodes, tuple(parser.edges))


def write_dot(graph: CausalGraph) -> str:
    """DOT code; roles and tiers are attributes of their own, so that reading it back gives the same graph."""
    lines = [f"  {_quoted(node.name)}{_dot_attributes(node)};" for node in graph.nodes]
    lines += [f"  {_quoted(source)} -> {_quoted(target)};" for source, target in graph.edges]
    return "\n".join(["digraph {", *lines, "}", ""])


def write_dagitty(graph: CausalGraph) -> str:
    """DAGitty code; tiers, titles and the role `randomised` have no place in it and are left out."""
    words = {"treatment": "exposure", "outcome": "outcome", "unmeasured": "latent", "selected": "selected"}
    lines = []
    for node in graph.nodes:
        flags = ", ".join(words[role] for role in node.roles if role in words)
        lines.append(f"  {_quoted(node.name)}" + (f" [{flags}]" if flags else ""))
    lines += [f"  {_quoted(source)} -> {_quoted(target)}" for source, target in graph.edges]
    return "\n".join(["dag {", *lines, "}", ""])


def _words(text: str) -> Iterator[tuple[str, str, int]]:
    place, line = 0, 1
    while place < len(text):
        found = WORD.match(text, place)
        if found is None:
            raise BadFile(f"Line {line} of the graph: '{text[place : place + 20].splitlines()[0]}' cannot be read.")
        kind = found.lastgroup or "space"
        if kind != "space":
            word = found[kind]
            yield kind, re.sub(r"\\(.)", r"\1", word) if kind == "quoted" else word, line
        line += found[0].count("\n")
        place = found.end()
    yield "end", "the end of the file", line


def _node(name: str, attributes: dict[str, str | None]) -> Node:
    stated = [role.strip() for role in (attributes.get("roles") or "").split(",") if role.strip()]
    flagged = [FLAGS[key] for key, value in attributes.items() if value is None and key in FLAGS]
    hidden = ["unmeasured"] if (attributes.get("observed") or "").lower() == "no" else []
    tier = attributes.get("tier")
    if tier is not None and not re.fullmatch(r"-?\d+", tier):
        raise BadFile(f"The tier of node '{name}' is '{tier}'; it must be a whole number.")
    roles = tuple(dict.fromkeys([*stated, *flagged, *hidden]))
    return Node(name, roles, None if tier is None else int(tier), attributes.get("label") or "")


def _dot_attributes(node: Node) -> str:
    parts = [f"roles={_quoted(','.join(node.roles))}"] if node.roles else []
    parts += [f"tier={node.tier}"] if node.tier is not None else []
    parts += [f"label={_quoted(node.title)}"] if node.title else []
    return f" [{', '.join(parts)}]" if parts else ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
