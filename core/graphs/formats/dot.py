"""The language that DOT and DAGitty code share, read word by word with the line and the column of each.

    digraph { search -> buy; intent -> {search buy} [style="dotted"]; intent [roles="unmeasured", tier=0]; }
    dag { search [exposure] buy [outcome] intent [latent] search -> buy intent -> {search buy} search <-> buy }

What the words mean for a causal graph is said in core.graphs.formats.dot_dialects.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from core.errors import BadFile

WORD: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
      | (?P<edge><->|->|<-|--)
      | (?P<mark>[{}\[\];,=:+@])
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<name>-?[\w.]+)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPED: Final = re.compile(r'\\([\\"])')  # other escapes (\n, \N) mean something in labels only
WORDS_AT_MOST, EDGES_AT_MOST = 200_000, 50_000
OTHER_KINDS: Final = ("graph", "pdag", "mag", "pag")
KINDS: Final = ("digraph", "dag")


class Word(NamedTuple):
    """One word; kind: name, quoted, edge, mark or end."""

    kind: str
    text: str
    line: int
    column: int

    @property
    def where(self) -> str:
        return f"Line {self.line}, column {self.column} of the graph"


# {key: the word of its value, None where the key stands alone}, with the word of the key
Attributes = dict[str, tuple[Word, Word | None]]


@dataclass
class Code:
    """What a text says: its nodes and edges in order, each with its attributes.

    edges: (source, target) from cause to effect. both_ways: pairs joined by `<->`. repeated: edges that stand twice.
    quoted: names that stand in quotes somewhere.
    """

    kind: str
    nodes: dict[str, Attributes] = field(default_factory=dict)
    edges: dict[tuple[str, str], Attributes] = field(default_factory=dict)
    both_ways: dict[tuple[str, str], None] = field(default_factory=dict)
    repeated: dict[tuple[str, str], None] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)


def parse_code(text: str) -> Code:
    """The nodes and edges of DOT or DAGitty code; raises BadFile with the line and the column."""
    words = list(islice(_words(text), WORDS_AT_MOST + 1))
    if len(words) > WORDS_AT_MOST:
        raise BadFile(f"The graph has more than {WORDS_AT_MOST:,} words; that is too large for a causal graph.")
    parser = _Parser(words)
    if parser.word.text == "strict":
        parser.take()
    kind = parser.take()
    if kind.kind != "name" or kind.text.lower() not in KINDS:
        raise BadFile(_wrong_kind(kind))
    parser.code.kind = kind.text.lower()
    if not parser.at("{"):
        parser.name()
    parser.expect("{")
    try:
        parser.statements()
    except RecursionError:
        raise BadFile("The graph nests its braces too deeply to be a causal graph.") from None
    if parser.word.kind != "end":
        raise BadFile(
            f"{parser.word.where}: the closing '}}' ends the graph, but '{parser.word.text[:40]}' follows it; "
            "remove what follows."
        )
    return parser.code


@dataclass
class _Parser:
    """Words still to read, and what was found so far."""

    words: list[Word]
    place: int = 0
    code: Code = field(default_factory=lambda: Code(""))
    of_edges: Attributes = field(default_factory=dict)  # what `edge [...]` says of those that follow it in these braces

    @property
    def word(self) -> Word:
        return self.words[min(self.place, len(self.words) - 1)]

    def at(self, *marks: str) -> bool:
        """Whether the next word is one of these signs (a quoted word never is)."""
        return self.word.kind in ("mark", "edge") and self.word.text in marks

    def ahead(self, mark: str) -> bool:
        """Whether the word after the next one is this sign."""
        later = self.words[min(self.place + 1, len(self.words) - 1)]
        return later.kind == "mark" and later.text == mark

    def take(self) -> Word:
        word = self.word
        self.place += 1
        return word

    def expect(self, mark: str) -> None:
        if not self.at(mark):
            raise BadFile(f"{self.word.where}: expected '{mark}', found '{self.word.text[:40]}'.")
        self.take()

    def name(self) -> Word:
        """A name; quoted parts joined by `+` are one."""
        word = self.take()
        if word.kind not in ("name", "quoted"):
            raise BadFile(f"{word.where}: expected a name, found '{word.text}'; put odd names in double quotes.")
        while word.kind == "quoted" and self.at("+"):
            self.take()
            word = word._replace(text=word.text + self.name().text)
        return word

    def statements(self) -> list[str]:
        """Everything up to the closing brace; the names of the nodes in it."""
        inside: list[str] = []
        outside = self.of_edges
        while not self.at("}"):
            if self.at(";", ","):
                self.take()
                continue
            inside += self.statement()
        self.take()
        self.of_edges = outside
        return list(dict.fromkeys(inside))

    def statement(self) -> list[str]:
        if self.word.kind == "name" and self.word.text in ("node", "edge", "graph") and self.ahead("["):
            each = self.take().text
            said = self.attributes()
            self.of_edges = self.of_edges | said if each == "edge" else self.of_edges
            return []
        if self.word.kind in ("name", "quoted") and self.ahead("="):
            self.take()
            self.take()
            self.name()
            return []
        return self.chain()

    def chain(self) -> list[str]:
        groups = [self.operand()]
        joined: list[tuple[str, str]] = []
        while self.at("->", "<-", "<->", "--"):
            arrow = self.take()
            groups.append(self.operand())
            joined += self.join(groups[-2], arrow, groups[-1])
        attributes = self.attributes()
        if len(groups) == 1:
            for name in groups[0]:
                self.code.nodes[name] |= attributes
        for edge in joined:
            self.code.edges[edge] |= self.of_edges | attributes
        return [name for group in groups for name in group]

    def operand(self) -> list[str]:
        if self.word.kind == "name" and self.word.text == "subgraph":
            self.take()
            if not self.at("{"):
                self.name()
        if self.at("{"):
            self.take()
            return self.statements()
        word = self.name()
        name = word.text
        self.code.quoted |= {name} if word.kind == "quoted" else set()
        while self.at(":"):  # a port says where on the box an arrow ends
            self.take()
            self.name()
        self.code.nodes.setdefault(name, {})
        return [name]

    def join(self, left: list[str], arrow: Word, right: list[str]) -> list[tuple[str, str]]:
        """Note the edges between two groups; the directed ones are returned."""
        if arrow.text == "--":
            raise BadFile(f"{arrow.where}: '--' has no direction; a causal graph needs '->'.")
        if len(left) * len(right) + len(self.code.edges) > EDGES_AT_MOST:
            raise BadFile(f"{arrow.where}: with this arrow the graph has more than {EDGES_AT_MOST:,} edges.")
        pairs = [(one, other) for one in left for other in right]
        if arrow.text == "<->":
            self.code.both_ways |= dict.fromkeys(pairs)
            return []
        edges = pairs if arrow.text == "->" else [(other, one) for one, other in pairs]
        for edge in edges:
            if edge in self.code.edges:
                self.code.repeated[edge] = None
            self.code.edges.setdefault(edge, {})
        return edges

    def attributes(self) -> Attributes:
        found: Attributes = {}
        while self.at("["):
            self.take()
            while not self.at("]"):
                if self.at(",", ";"):
                    self.take()
                    continue
                key, value = self.name(), None
                if self.at("="):
                    self.take()
                    value = self.name()
                found[key.text.lower()] = (key, value)
            self.take()
        return found


def _words(text: str) -> Iterator[Word]:
    place, line, started = 0, 1, 0
    while place < len(text):
        found = WORD.match(text, place)
        column = place - started + 1
        if found is None:
            raise BadFile(f"Line {line}, column {column} of the graph: {_unreadable(text, place)}")
        kind = found.lastgroup or "space"
        if kind != "space":
            word = found[kind]
            yield Word(kind, ESCAPED.sub(r"\1", word) if kind == "quoted" else word, line, column)
        line += found[0].count("\n")
        if "\n" in found[0]:
            started = place + found[0].rindex("\n") + 1
        place = found.end()
    yield Word("end", "the end of the file", line, len(text) - started + 1)


def _unreadable(text: str, place: int) -> str:
    if text[place] == '"':
        return "a double quote opens here and is never closed."
    if text.startswith("/*", place):
        return "a comment opens here and is never closed."
    if text[place] == "<":
        return "labels in HTML are not read; write the label in double quotes."
    return f"'{text[place : place + 20].splitlines()[0]}' cannot be read; put odd names in double quotes."


def _wrong_kind(word: Word) -> str:
    start = f"{word.where}: it starts with '{word.text[:40]}'; a causal graph starts with digraph or dag."
    if word.text.lower() in OTHER_KINDS:
        return f"{start} In a {word.text} some edges have no direction; direct them first."
    return start
