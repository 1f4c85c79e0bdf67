"""Read an event rule from text. The grammar, with keywords in any case:

    rule       event [where either] [as name]
    event      any event | name
    either     both {or both}
    both       term {and term}
    term       not term | ( either ) | test
    test       name (= | != | < | <= | > | >= | contains | starts with) value
               | name [not] in ( value {, value} )  |  name is [not] missing
    name       a word of letters, digits, _ . - | `anything in backticks` | "anything in quotes"
    value      'text' | number | true | false

A quote or backtick inside its own kind is written twice.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.errors import BadSpec
from core.events.definitions.rules import EQUAL, KEYWORDS, ORDER, All, Comparison, Condition, Either, Not, Rule, Value

LONGEST: Final = 4_000
DEEPEST: Final = 50
TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<word>[^\W\d][\w.-]*)
    | '(?P<text>(?:[^']|'')*)'
    | `(?P<tick>(?:[^`]|``)*)`
    | "(?P<name>(?:[^"]|"")*)"
    | (?P<sign><>|!=|<=|>=|==|[=<>(),])
    )""",
    re.VERBOSE,
)
SAME: Final = {"<>": "!=", "==": "="}


@dataclass(frozen=True)
class _Token:
    """kind: word, text, name, number, sign or end; at: its place in the text, from 0."""

    kind: str
    value: str
    at: int

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.value.lower() == word


def read_rule(text: str) -> Rule:
    """The rule that a text says; raises BadSpec with the place and what was expected there."""
    if len(text) > LONGEST:
        raise BadSpec(f"A rule may have {LONGEST:,} characters, but this one has {len(text):,}; shorten it.")
    return _Reader(text).rule()


class _Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens()
        self.place = 0
        self.depth = 0

    def _tokens(self) -> list[_Token]:
        found, at = [], 0
        end = len(self.text.rstrip())
        while at < end:
            match = TOKEN.match(self.text, at)
            if match is None:
                start = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                expected = "the closing " + self.text[start] if self.text[start] in "'`\"" else "a name, value or sign"
                raise self._error(_Token("sign", self.text[start : start + 12], start), expected)
            kind = str(match.lastgroup)
            value = match[kind]
            mark = {"text": "'", "tick": "`", "name": '"'}.get(kind)
            if mark:
                value, start = value.replace(mark * 2, mark), match.start(kind) - 1
            else:
                start = match.start(kind)
            found.append(_Token("name" if kind == "tick" else kind, SAME.get(value, value), start))
            at = match.end()
        return [*found, _Token("end", "", end)]

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.next
        self.place += token.kind != "end"
        return token

    def took(self, *words: str) -> bool:
        """Take these words or signs if they come next."""
        ahead = self.tokens[self.place : self.place + len(words)]
        same = len(ahead) == len(words) and all(
            token.is_word(word) or (token.kind == "sign" and token.value == word)
            for token, word in zip(ahead, words, strict=True)
        )
        self.place += len(words) if same else 0
        return same

    def rule(self) -> Rule:
        event_type = None if self.took("any", "event") else self._name("an event type, or: any event", quotes="'")
        condition = self._either() if self.took("where") else None
        name = self._name("a name", quotes="'") if self.took("as") else None
        if self.next.kind != "end":
            expected = "and, or, as, or the end" if condition else "where, as, or the end"
            raise self._error(self.next, expected if name is None else "the end")
        return Rule(event_type, condition, name)

    def _either(self) -> Condition:
        parts = self._joined("or", self._both)
        return parts[0] if len(parts) == 1 else Either(parts)

    def _both(self) -> Condition:
        parts = self._joined("and", self._term)
        return parts[0] if len(parts) == 1 else All(parts)

    def _joined(self, word: str, one: Callable[[], Condition]) -> tuple[Condition, ...]:
        parts = [one()]
        while self.took(word):
            parts.append(one())
        return tuple(parts)

    def _term(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadSpec(f"The rule has more than {DEEPEST} brackets inside each other; say it more simply.")
        found: Condition
        if self.took("not"):
            found = Not(self._term())
        elif self.took("("):
            found = self._either()
            if not self.took(")"):
                raise self._error(self.next, "and, or, or a closing bracket")
        else:
            found = self._test()
        self.depth -= 1
        return found

    def _test(self) -> Comparison:
        column = self._name("a column")
        sign = self.next
        if sign.kind == "sign" and sign.value in (*EQUAL, *ORDER):
            self.take()
            return Comparison(column, sign.value, (self._value(),))
        if self.took("is", "not", "missing"):
            return Comparison(column, "is not missing")
        if self.took("is", "missing"):
            return Comparison(column, "is missing")
        for words in (("contains",), ("starts", "with")):
            if self.took(*words):
                return Comparison(column, " ".join(words), (self._value(),))
        for words in (("in",), ("not", "in")):
            if self.took(*words):
                return Comparison(column, " ".join(words), self._values())
        raise self._error(self.next, "= != < <= > >=, in, not in, is missing, is not missing, contains or starts with")

    def _values(self) -> tuple[Value, ...]:
        if not self.took("("):
            raise self._error(self.next, "an opening bracket")
        values = [self._value()]
        while self.took(","):
            values.append(self._value())
        if not self.took(")"):
            raise self._error(self.next, "a comma or a closing bracket")
        return tuple(values)

    def _value(self) -> Value:
        token = self.take()
        if token.kind == "text":
            return token.value
        if token.kind == "number":
            return self._number(token)
        if token.is_word("true") or token.is_word("false"):
            return token.value.lower() == "true"
        raise self._error(token, "'text' in single quotes, a number, true or false")

    def _number(self, token: _Token) -> float:
        number = float(token.value)
        if not math.isfinite(number):
            raise self._error(token, "a smaller number")
        whole = re.fullmatch(r"[+-]?\d+", token.value) and abs(number) < 2**62
        return int(token.value) if whole else number

    def _name(self, expected: str, quotes: str = "") -> str:
        token = self.take()
        word = token.kind == "word" and token.value.lower() not in KEYWORDS
        if (word or token.kind == "name" or (quotes and token.kind == "text")) and token.value.strip():
            return token.value
        raise self._error(token, expected)

    def _error(self, token: _Token, expected: str) -> BadSpec:
        seen = "the end" if token.kind == "end" else f"'{token.value[:40]}'"
        shown = self.text if len(self.text) <= 120 else self.text[:117] + "..."
        return BadSpec(f'The rule "{shown}" is not clear at character {token.at + 1}: {seen}; expected {expected}.')
