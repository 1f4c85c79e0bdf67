"""Hostile and broken files, made by code: what they are called, what is in them, and what must become of them."""

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
from openpyxl import Workbook

HEADER = "user_id,event,timestamp\n"
GOOD = "u1,view,2024-01-01 10:00:00\n"
TABLE = (HEADER + GOOD * 3).encode()
EVENT = {"user_id": "u", "event": "view", "timestamp": "2024-01-01T10:00:00Z"}
SCRIPT = "<script>alert(1)</script>"
SQL = "'); DROP TABLE events; --"
FORMULA = '=HYPERLINK("http://x","y")'


@dataclass(frozen=True)
class Hostile:
    """make: the bytes; refused: part of the one sentence, or None if it loads with so many events and rejects."""

    make: Callable[[], bytes]
    events: int = 0
    rejected: int = 0
    refused: str | None = None
    name: str = "log.csv"


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


def zipped(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def workbook(rows: list[list[object]], *more: str) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    for name in more:
        book.create_sheet(name).append(["elsewhere"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def lines(*records: object) -> bytes:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records).encode()


def encrypted_zip() -> bytes:
    content = bytearray(zipped(("a.csv", TABLE)))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(magic) + offset
        content[place] |= 1
    return bytes(content)


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = {"a": value}
    return value


ENCODED = "user_id,event,timestamp\n{}\n"
CHINESE, JAPANESE = (
    "张三,浏览商品,2024-01-01\n李四,购买,2024-01-02",
    "田中,商品を見る,2024-01-01\n佐藤,カートに入れる,2024-01-02",
)

CORPUS: dict[str, Hostile] = {
    # nothing, or nothing that is a table
    "empty": Hostile(text(""), refused="is empty"),
    "white space": Hostile(text(" \n\n\t\n"), refused="is empty"),
    "a byte order mark alone": Hostile(lambda: b"\xef\xbb\xbf", refused="is empty"),
    "header alone": Hostile(text(HEADER), refused="a header but no"),
    "header without a newline": Hostile(text(HEADER.strip()), refused="a header but no"),
    "header and blank lines": Hostile(text(HEADER + "\n\n"), refused="a header but no"),
    "binary": Hostile(lambda: bytes(range(256)) * 40, refused="binary data"),
    "a picture": Hostile(lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), refused="binary data"),
    "a database": Hostile(lambda: b"SQLite format 3\0" + bytes(50), refused="SQLite"),
    "a PDF": Hostile(lambda: b"%PDF-1.7\n", refused="PDF"),
    "a web page": Hostile(text("<!DOCTYPE html><html></html>"), refused="web page"),
    "XML": Hostile(text('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), refused="XML"),
    "prose": Hostile(text("Dear reader,\nthis is a letter, and no log.\n"), refused="No column looks like a timestamp"),
    "too many columns": Hostile(text(",".join(f"c{n}" for n in range(2_001)) + "\n"), refused="2,001 columns"),
    "no time": Hostile(text("user_id,event\nu1,view\n"), refused="No column looks like a timestamp"),
    "times that are words": Hostile(text(HEADER + "u,v,soon\nu,v,now\n"), refused="No column looks like a timestamp"),
    "duplicate headers": Hostile(text("user_id,timestamp,user_id\nu,2024-01-01,v\n"), refused="two columns named 'user_id'"),
    "every line ragged": Hostile(text(HEADER + "u1\nu2,view\n"), refused="no usable rows: line 2: 1 fields"),
    # packed
    "gzip": Hostile(lambda: gzip.compress(TABLE), 3),
    "gzip cut short": Hostile(lambda: gzip.compress(TABLE * 99)[:-12], refused="damaged or cut short"),
    "gzip with rubbish after it": Hostile(lambda: gzip.compress(TABLE) + b"rubbish", refused="damaged or cut short"),
    "gzip of two members": Hostile(lambda: gzip.compress(TABLE) + gzip.compress(GOOD.encode()), 4),
    "gzip of nothing": Hostile(lambda: gzip.compress(b""), refused="is empty"),
    "gzip in gzip": Hostile(lambda: gzip.compress(gzip.compress(TABLE)), refused="packed twice"),
    "gzip of a tar": Hostile(lambda: gzip.compress(b"x" * 257 + b"ustar" + bytes(200)), refused="tar archive"),
    "a gzip bomb": Hostile(lambda: gzip.compress(TABLE + b"u1,view,2024-01-01\n" * 8_000_000, 9), refused="250 times"),
    "Zstandard": Hostile(lambda: pa.compress(TABLE, "zstd", asbytes=True), 3),
    "Zstandard cut short": Hostile(lambda: pa.compress(TABLE * 99, "zstd", asbytes=True)[:-9], refused="damaged or cut short"),
    "zip": Hostile(lambda: zipped(("a.csv", TABLE)), 3),
    "zip with a path that climbs": Hostile(lambda: zipped(("../../../../tmp/whypath-evil.csv", TABLE)), 3),
    "zip from a Mac": Hostile(lambda: zipped(("a.csv", TABLE), ("__MACOSX/._a.csv", b"x")), 3),
    "zip of two files": Hostile(lambda: zipped(("a.csv", TABLE), ("b.csv", TABLE)), refused="zip archive of 2 files"),
    "zip of none": Hostile(zipped, refused="zip archive of 0 files"),
    "zip in zip": Hostile(lambda: zipped(("a.zip", zipped(("a.csv", TABLE)))), refused="packed twice"),
    "zip with a password": Hostile(encrypted_zip, refused="password"),
    "zip cut short": Hostile(lambda: zipped(("a.csv", TABLE))[:-30], refused="damaged or cut short"),
    "zip bomb": Hostile(lambda: zipped(("a.csv", TABLE + b"u1,view,2024-01-01\n" * 8_000_000)), refused="250 times"),
    "bzip2": Hostile(lambda: b"BZh91AY&SY" + bytes(50), refused="bzip2"),
    # encodings
    "UTF-8 with a mark": Hostile(text(TABLE.decode(), "utf-8-sig"), 3),
    "a mark before a quoted header": Hostile(text('"user_id","event","timestamp"\n"Jörg","v","2024-01-01"\n', "utf-8-sig"), 1),
    "UTF-16": Hostile(text(TABLE.decode(), "utf-16"), 3),
    "UTF-16 without a mark": Hostile(text(TABLE.decode(), "utf-16-be"), 3),
    "UTF-16 cut in a character": Hostile(lambda: TABLE.decode().encode("utf-16") + b"u", 3, 1),
    "Latin-1": Hostile(text(ENCODED.format("Jörg,GRÖßE,2024-01-01\nRené,achète,2024-01-02"), "latin-1"), 2),
    "GBK": Hostile(text(ENCODED.format(CHINESE), "gbk"), 2),
    "Shift-JIS": Hostile(text(ENCODED.format(JAPANESE), "cp932"), 2),
    "Big5": Hostile(text(ENCODED.format("陳小明,購買商品,2024-01-01\n林美玲,瀏覽網頁,2024-01-02"), "big5"), 2),
    "EUC-KR": Hostile(text(ENCODED.format("김철수,상품을 구매하다,2024-01-01\n이영희,페이지를 보기,2024-01-02"), "cp949"), 2),
    "one broken byte in UTF-8": Hostile(lambda: (HEADER + GOOD.replace("u1", "Jürgen Größe") * 9).encode() + b"\xff,v,2024-01-01\n", 10),
    "right-to-left and zero-width": Hostile(text(HEADER + "\u202eevil\u200b,\ufeffview,2024-01-01\n"), 1),
    "emoji and accents that combine": Hostile(text(HEADER + "e\u0301👩‍👩‍👧,view,2024-01-01\n"), 1),
    # quotes, ragged rows, line ends
    "a short and a long row": Hostile(text(HEADER + GOOD + "u2,view\nu1,view,2024-01-01,more\n"), 1, 2),
    "a stray quote": Hostile(text(HEADER + GOOD + '"u2,view,2024-01-01\n' + GOOD * 3), 4, 1),
    "text after a quote": Hostile(text(HEADER + '"u"2,view,2024-01-01\n' + GOOD), 1, 1),
    "a quote in the middle": Hostile(text(HEADER + 'u"2,view,2024-01-01\n' + GOOD), 2, 0),
    "single quotes": Hostile(text("'user_id','event','timestamp'\n'a,b','vi\"ew','2024-01-01'\n"), 1),
    "a field of many lines": Hostile(text(HEADER + '"u\n\n1",view,2024-01-01\nbad\n'), 1, 1),
    "Windows line ends": Hostile(text((HEADER + GOOD + "bad\n").replace("\n", "\r\n")), 1, 1),
    "old Mac line ends": Hostile(text((HEADER + GOOD + "bad\n").replace("\n", "\r")), 1, 1),
    "a carriage return inside": Hostile(text(HEADER + GOOD + "u\r2,view,2024-01-01\n"), 1, 1),
    "a NUL byte": Hostile(text(HEADER + GOOD + "u\0,view,2024-01-01\n"), 1, 1),
    "no newline at the end": Hostile(text(HEADER + GOOD.strip()), 1),
    "a line of 9 MB": Hostile(text(HEADER + GOOD + "u" * 9_000_000 + ",view,2024-01-01\n"), 1, 1),
    "lines before the header": Hostile(text("# made by a tool\n# on a day\n" + HEADER + GOOD + "# end\n"), 1, 1),
    "sep=;": Hostile(text(("sep=;\n" + HEADER + GOOD).replace(",", ";")), 1),
    "double colons": Hostile(text('1::10::5::978300760\n2::20::"3::978302109\n3::30\n'), 2, 1, name="ratings.dat"),
    "a delimiter of control characters": Hostile(text((HEADER + GOOD * 3).replace(",", "\x01")), 3),
    "headerless": Hostile(text("u1,2024-01-01 10:00:00,3\nu2,2024-01-02 10:00:00,4\n"), 2),
    # values
    "no user, NULL, no event, no time": Hostile(text(HEADER + GOOD + ",v,2024-01-01\nNULL,v,2024-01-01\nu,,2024-01-01\nu,v,\n"), 1, 4),
    "times of many kinds": Hostile(text(HEADER + GOOD * 3 + "u,v,2024-02-30\nu,v,9999-12-31\nu,v,infinity\nu,v,epoch\nu,v,31/31/2024\n"), 3, 5),
    "numbers among texts": Hostile(text(HEADER + GOOD + "1e999,view,2024-01-01\nNaN,view,2024-01-01\n0x1F,view,2024-01-01\n"), 3, 1),
    "script, SQL and formulas": Hostile(text(HEADER + "".join(f'"{v.replace(chr(34), chr(34) * 2)}","{v.replace(chr(34), chr(34) * 2)}",2024-01-01\n' for v in (SCRIPT, SQL, FORMULA, "@SUM(1)", "{{7*7}}", "${jndi:x}"))), 6),
    "script, SQL and formulas as names": Hostile(text(f'timestamp,"{SCRIPT}","{SQL}","=1+1","../../etc/passwd","[x](http://y)"\n2024-01-01,a,b,c,d,e\n'), 1),
    # JSON
    "JSON lines, some broken": Hostile(lambda: lines(EVENT, "{broken", [1], "", '"x"', EVENT, '{"user_id": 1,}x'), 2, 4, name="log.jsonl"),
    "a JSON list": Hostile(lambda: json.dumps([EVENT, {**EVENT, "text": 'a "quoted" {brace] \\'}, 7], indent=2).encode(), 2, 1),
    "a JSON list cut short": Hostile(lambda: json.dumps([EVENT] * 3).encode()[:-40], 2, 1),
    "a JSON list in an object": Hostile(lambda: json.dumps({"n": 3, "events": [EVENT] * 3}).encode(), 3),
    "JSON without records": Hostile(lambda: b"[]", refused="without a single record"),
    "JSON of numbers": Hostile(lambda: b"[1, 2, 3]", refused="no usable rows: line 1: the record is JSON but no object"),
    "deep JSON": Hostile(lambda: lines({**EVENT, "p": nested(60)}), 1),
    "JSON too deep to parse": Hostile(lambda: lines(EVENT, "[" * 100_000), 1, 1),
    "JSON with names that clash": Hostile(lambda: lines({**EVENT, "a.b": 1, "a": {"b": 2}, "": 3, "A": {"b": 4}}), 1),
    "JSON with a thousand keys inside": Hostile(lambda: lines({**EVENT, "p": {f"k{n}": n for n in range(1000)}}), 1),
    "JSON with NUL and lone surrogates": Hostile(lambda: lines(EVENT, r'{"user_id": "a\u0000b", "event": "v", "timestamp": "2024-01-01"}', r'{"user_id": "\ud800"}'), 2, 1),
    "JSON in UTF-16": Hostile(lambda: lines(EVENT, EVENT).decode().encode("utf-16"), 2),
    # Excel and Parquet
    "Excel": Hostile(lambda: workbook([["user_id", "event", "timestamp"], [1, "view", pd.Timestamp("2024-01-01")], [], ["x", "y"]], "Other"), 1, 1, name="log.xlsx"),
    "Excel with formulas": Hostile(lambda: workbook([["user_id", "event", "timestamp"], ["=1+1", "view", "2024-01-01"], ["u", "view", "2024-01-01"]]), 1, 1, name="log.xlsx"),
    "Excel with a row too long": Hostile(lambda: workbook([["user_id", "timestamp"], *[["u", "2024-01-01"]] * 300, ["u", "2024-01-01", "more"]]), 300, 1, name="log.xlsx"),
    "Excel without data": Hostile(lambda: workbook([]), refused="without data", name="log.xlsx"),
    "Excel that is broken": Hostile(lambda: zipped(("xl/workbook.xml", b"<broken"), ("[Content_Types].xml", b"<x/>")), refused="Excel workbook that cannot be read"),
    "an old Excel workbook": Hostile(lambda: b"\xd0\xcf\x11\xe0" + bytes(600), refused=".xls"),
    "a very old Excel workbook": Hostile(lambda: b"\t\x08\x10\0\0\6" + bytes(300), refused="save it as .xlsx"),
    "an OpenDocument spreadsheet": Hostile(lambda: zipped(("mimetype", b"x"), ("content.xml", b"<x/>")), refused="(.ods)"),
    "a Word document": Hostile(lambda: zipped(("word/document.xml", b"<x/>"), ("a.xml", b"<x/>")), refused="a Word file"),
    "Parquet cut short": Hostile(lambda: b"PAR1" + b"\1" * 50, refused="begins like Parquet"),
    "Parquet that lies": Hostile(lambda: parquet(pd.DataFrame({"timestamp": ["2024-01-01"]}))[:-8] + struct.pack("<i", 2**30) + b"PAR1", refused="begins like Parquet"),
    "Parquet with nested values": Hostile(lambda: parquet(pd.DataFrame({"user_id": ["u", None], "timestamp": ["2024-01-01"] * 2, "p": [{"a": 1}, {"a": 2}]})), 1, 1, name="log.parquet"),
    # names of files
    "a name of SQL": Hostile(lambda: TABLE, 3, name="'; DROP TABLE events; --.csv"),
    "a name of markup": Hostile(lambda: TABLE, 3, name="<b onmouseover=alert(1)>.csv"),
    "a name of format signs": Hostile(lambda: TABLE, 3, name="{0}%s$HOME*.csv"),
    "a name of another script": Hostile(lambda: TABLE, 3, name="日志 \u202egpj.csv"),
    "a name that lies": Hostile(lambda: TABLE, 3, name="log.parquet"),
    "a very long name": Hostile(lambda: TABLE, 3, name="x" * 240 + ".csv"),
    "a name that begins with a dash": Hostile(lambda: TABLE, 3, name="-rf .csv"),
}  # fmt: skip
