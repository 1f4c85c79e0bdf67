"""Which encoding a text is in, told from its bytes.

UTF-8 and UTF-16 can be recognised for sure. Of the others, those that decode at all compete: the winner is the one
whose characters are mostly those that its language uses every day. What remains is Windows-1252, and every guess but
UTF-8 is said in the notes.
"""

import codecs
from collections.abc import Callable
from functools import cache

UTF8, LATIN1 = "utf-8", "cp1252"
TITLES = {
    UTF8: "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", LATIN1: "Latin-1 (Windows-1252)",
    "gb18030": "GBK (GB 18030)", "cp932": "Shift-JIS", "big5": "Big5", "cp949": "EUC-KR", "euc_jp": "EUC-JP",
    "cp1251": "Cyrillic (Windows-1251)",
}  # fmt: skip
KOREAN_FRACTION = 0.2  # of them that must be among the most frequent syllables, if they are to be Korean
FRACTION = 0.75  # of the characters beyond ASCII that must be everyday ones
SAMPLE_CHARACTERS = 20_000
KANA = frozenset(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FD))))
CYRILLIC = frozenset(map(chr, (*range(0x410, 0x450), 0x401, 0x451)))
KOREAN = frozenset(
    "이다는에의을가하고지로사기한서인도리시어자수대해나스일정아부그라전동보용원있주게상구비들장과제으품매"
)
MARKS = frozenset("，。、；：？！（）《》「」『』·…—～￥％　０１２３４５６７８９")


def with_mark(head: bytes) -> str | None:
    """The encoding that a byte order mark at the start declares, or that lies in every other byte being zero."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.3 * len(head) / 2 and min(even, odd) < 0.01 * len(head):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def mostly_utf8(head: bytes) -> bool:
    """Whether bytes, which may be cut at their end, are UTF-8 but for a few broken characters."""
    if decoded(head, UTF8) is not None:
        return True
    text = head.decode(UTF8, "replace")
    broken = text.count("\ufffd")
    return sum(not character.isascii() for character in text) >= 11 * broken


def decoded(head: bytes, encoding: str) -> str | None:
    """The text of bytes that may be cut at their end; None if they are not in that encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None


def guess(sample: bytes) -> str:
    """The likeliest encoding of text that is not UTF-8."""
    frequent, hangul = (_share(sample, "cp949", test) for test in (KOREAN.__contains__, _is_hangul))
    if frequent > KOREAN_FRACTION and hangul > FRACTION:
        return "cp949"  # every Korean text is also good GBK, of characters that no one writes
    scored = [(_share(sample, encoding, test), encoding) for encoding, test in _everyday().items()]
    best, encoding = max(scored, key=lambda pair: pair[0])
    return encoding if best >= FRACTION else LATIN1


def known(name: str) -> str | None:
    """Python's name of an encoding that a person typed, or None."""
    try:
        found = codecs.lookup(name.strip())
    except LookupError:
        return None
    plain = {"utf_8": UTF8, "utf_8_sig": UTF8, "utf-8-sig": UTF8, "iso8859-1": LATIN1, "gbk": "gb18030",
             "gb2312": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "utf-16": "utf-16-le"}  # fmt: skip
    return plain.get(found.name, found.name) if getattr(found, "_is_text_encoding", True) else None


def title(encoding: str) -> str:
    """The encoding in words."""
    return TITLES.get(encoding, encoding)


def _is_hangul(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3"


def _share(sample: bytes, encoding: str, everyday: Callable[[str], bool]) -> float:
    """The share of characters beyond ASCII that are everyday ones and do not stand between two Latin letters."""
    text = decoded(sample, encoding)
    if text is None:
        return 0.0
    places = [place for place, character in enumerate(text) if ord(character) > 127][:SAMPLE_CHARACTERS]
    if not places:
        return 0.0

    def stands_alone(place: int) -> bool:
        around = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
        return any(letter.isascii() and letter.isalpha() for letter in around)

    lone = sum(stands_alone(place) for place in places)
    if lone > len(places) / 3:
        return 0.0  # accented letters inside Latin words
    return sum(everyday(text[place]) for place in places) / len(places)


@cache
def _everyday() -> dict[str, Callable[[str], bool]]:
    """{encoding: whether a character is an everyday one}; where two fit equally, the first wins."""
    chinese, traditional = _plane("gb2312", 0xB0, 0xD7) | MARKS, _plane("big5", 0xA4, 0xC6) | MARKS
    japanese = _plane("cp932", 0x89, 0x97) | KANA | MARKS
    return {
        "cp932": lambda c: c in japanese,
        "euc_jp": lambda c: c in KANA,
        "gb18030": lambda c: c in chinese,
        "big5": lambda c: c in traditional,
        "cp1251": lambda c: c in CYRILLIC,
    }


def _plane(encoding: str, first: int, last: int) -> frozenset[str]:
    """The characters of two bytes whose first byte lies in a range: the frequent ones, in these code tables."""
    pairs = (bytes([lead, trail]) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    return frozenset("".join(pair.decode(encoding, "ignore") for pair in pairs)) - set(map(chr, range(128)))
