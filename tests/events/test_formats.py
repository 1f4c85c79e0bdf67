"""Every format and dialect: values come out as they went in, places and shapes are said, and heads stay heads."""

import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.read_files import inspected
from core.events.reading.formats import wrapping
from core.events.reading.formats.encodings import guess
from core.events.recognise import recognise
from core.storage.engine import open_log
from core.storage.workspace import Workspace

HEADER = "user_id,event,timestamp\n"
GOOD = "u1,view,2024-01-01 10:00:00\n"
MAPPING = {"user_id": "user_id", "event_type": "event", "timestamp": "timestamp"}

GA4 = {
    "event_date": "20240101", "event_timestamp": "1704103200000000", "event_name": "page_view",
    "user_pseudo_id": "123.456", "device": {"category": "mobile", "web_info": {"browser": "Chrome"}},
    "event_params": [
        {"key": "page_location", "value": {"string_value": "https://x/", "int_value": None}},
        {"key": "ga_session_id", "value": {"string_value": None, "int_value": "77"}},
    ],
}  # fmt: skip
SEGMENT = {
    "type": "track", "event": "Order Completed", "userId": "u", "messageId": "m", "timestamp": "2024-01-01T10:00:00.000Z",
    "context": {"page": {"path": "/"}, "ip": "1.2.3.4"}, "properties": {"revenue": 3.5, "products": [{"sku": "a"}]},
}  # fmt: skip


def attributes(log: object) -> dict[str, object]:
    """{title: first value}."""
    row = log.table().iloc[0]  # type: ignore[attr-defined]
    return {a["title"]: row[a["column"]] for a in log.manifest["attributes"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", ["lines", "list", "parquet"])
def test_a_google_analytics_export_becomes_columns(
    form: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    if form == "parquet":
        out = io.BytesIO()
        pd.DataFrame([GA4, GA4]).to_parquet(out)
        content = out.getvalue()
    else:
        content = (json.dumps([GA4, GA4]) if form == "list" else f"{json.dumps(GA4)}\n{json.dumps(GA4)}\n").encode()
    log = load(write(content, "ga4.json"))
    assert log.table().user_id.tolist() == ["123.456"] * 2
    assert log.table().event_type.tolist() == ["page_view"] * 2
    assert str(log.table().timestamp[0]) == "2024-01-01 10:00:00"
    found = attributes(log)
    assert found["event_params.page_location"] == "https://x/"
    assert found["device.web_info.browser"] == "Chrome"
    assert "event_params" not in found


def test_a_segment_export_becomes_columns(write: Callable[..., Path], load: Callable[..., object]) -> None:
    log = load(write(json.dumps(SEGMENT) + "\n" + json.dumps(SEGMENT), "segment.jsonl"))
    assert log.manifest["spec"]["mapping"]["user_id"] == "userId"
    found = attributes(log)
    assert found["context.page.path"] == "/"
    assert found["properties.products"] == '[{"sku":"a"}]'


def test_a_column_of_objects_becomes_columns_and_keeps_what_is_none(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    rows = ['u,a,2024-01-01,"{""x"": 1, ""y"": {""z"": ""q""}}"\n'] * 10_001 + ["u,a,2024-01-02,plain\n"]
    log = load(write(HEADER.replace("\n", ",properties\n") + "".join(rows)))
    titles = {a["title"]: a["column"] for a in log.manifest["attributes"]}
    assert set(titles) == {"properties", "properties.x", "properties.y.z"}
    last = log.table().iloc[-1]
    assert last[titles["properties"]] == "plain"
    assert pd.isna(last[titles["properties.x"]])
    assert any("holds JSON objects" in note for note in log.manifest["notes"])


def test_bad_json_lines_are_kept_with_their_numbers(write: Callable[..., Path], load: Callable[..., object]) -> None:
    good = json.dumps({"user_id": "u", "event": "e", "timestamp": 1704103200})
    late = json.dumps({"user_id": "u", "event": "e", "timestamp": "never"})
    rejects = load(write(f"{good}\n\n{{oops\n{late}\n  \n[1]\n{good}", "log.jsonl")).rejects
    assert rejects.line.tolist() == [3, 4, 6]
    assert rejects.raw.tolist()[0] == "{oops"
    assert rejects.column.tolist()[1] == "timestamp"


def test_a_list_keeps_line_numbers_over_many_buffers(
    write: Callable[..., Path], load: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.events.reading.formats.json_records.CHUNK_BYTES", 1_000)
    events = [{"user_id": f'u "{n}" {{[\\', "event": "é", "timestamp": 1704103200 + n} for n in range(500)]
    events[400]["timestamp"] = "never"
    log = load(write(json.dumps({"meta": {"a": [1]}, "data": events}, indent=1, ensure_ascii=False), "log.json"))
    assert log.manifest["events"] == 499
    assert set(log.table().user_id) == {event["user_id"] for event in events[:400] + events[401:]}
    text = json.dumps({"meta": {"a": [1]}, "data": events}, indent=1, ensure_ascii=False)
    assert log.rejects.line.tolist() == [text[: text.index('u \\"400\\"')].count("\n")]


def test_excel_dates_sheets_and_rows(tmp_path: Path, load: Callable[..., object]) -> None:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame().to_excel(book, sheet_name="Empty", index=False)
        pd.DataFrame(
            {
                "user_id": [7.0, 8.0],
                "event": ["a", "b"],
                "timestamp": pd.to_datetime(["2024-01-01 09:30", "2024-01-02 10:00"]),
            }
        ).to_excel(book, sheet_name="Log", index=False)
    log = load(path)
    assert log.table().user_id.tolist() == ["7", "8"]
    assert str(log.table().timestamp[0]) == "2024-01-01 09:30:00"
    assert any("Sheet 'Log'" in note for note in log.manifest["notes"])
    with pytest.raises(BadInput, match="no sheet 'Nope'"):
        load(path, sheet="Nope")


def test_a_folder_a_glob_and_columns_that_differ(tmp_path: Path, load: Callable[..., object]) -> None:
    folder = tmp_path / "logs"
    (folder / "2024").mkdir(parents=True)
    (folder / "a.csv").write_text(HEADER + GOOD)
    (folder / "2024" / "b.csv.gz").write_bytes(
        gzip.compress(b"event,price,user_id,timestamp\nbuy,3,u2,2024-01-02\nbad\n")
    )
    (folder / ".hidden").write_text("x")
    log = load(folder)
    assert sorted(log.table().event_type) == ["buy", "view"]
    assert [file["name"] for file in log.manifest["files"]] == ["b.csv.gz", "a.csv"]
    assert any("'a.csv' lacks 'price'" in note for note in log.manifest["notes"])
    assert any("hidden files" in note for note in log.manifest["notes"])
    assert log.rejects.file.tolist() == ["b.csv.gz"]
    assert load(folder / "**" / "*.gz").manifest["events"] == 1
    assert recognise(Workspace(tmp_path / "w"), folder).mapping["value"] == "price"
    with pytest.raises(BadInput, match="No file matches"):
        load(folder / "*.parquet")
    with pytest.raises(BadInput, match="meant twice"):
        load(folder, folder / "a.csv")


def test_parquet_files_of_different_types_are_joined(tmp_path: Path, load: Callable[..., object]) -> None:
    pd.DataFrame({"user_id": [1], "timestamp": ["2024-01-01"], "x": [1.5]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"timestamp": ["2024-01-02"], "user_id": ["b"]}).to_parquet(tmp_path / "b.parquet")
    log = load(tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert log.table().user_id.tolist() == ["1", "b"]


@pytest.mark.parametrize("address", ["s3://bucket/log.csv", "https://x.test/log.csv", "gs://b/x.parquet", "hf://a/b"])
def test_another_machine_is_never_contacted(address: str, load: Callable[..., object], workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="lies on another machine"):
        inspected(ImportSpec(files=(address,)))
    with pytest.raises(BadInput, match="lies on another machine"):
        recognise(workspace, address)


def test_what_the_analyst_knows_overrides_the_guess(write: Callable[..., Path], load: Callable[..., object]) -> None:
    path = write(b"u1~2024-01-01\nu2~2024-01-02\n")
    mapping = {"user_id": "column_1", "timestamp": "column_2"}
    assert load(path, mapping=mapping, delimiter="~", has_header=False).manifest["events"] == 2
    path = write("user_id,timestamp\nЖук,2024-01-01\n".encode("koi8-r"), "koi.csv")
    assert load(path, encoding="koi8-r").table().user_id.tolist() == ["Жук"]
    with pytest.raises(BadInput, match="no encoding 'klingon'"):
        load(path, encoding="klingon")


TEXTS = {
    "gb18030": "用户浏览了商品页面然后加入购物车", "cp932": "ユーザーが商品ページを閲覧しました", "big5": "使用者瀏覽了商品頁面然後加入購物車",
    "cp949": "사용자가 상품 페이지를 보고 장바구니에 담았습니다", "cp1251": "Пользователь просмотрел страницу товара",
    "cp1252": "Der Käufer ließ die Schuhe im Überfluß für später — façade, señor, ÄÖÜ",
}  # fmt: skip


@pytest.mark.parametrize("encoding", TEXTS)
def test_encodings_are_told_from_few_characters(encoding: str) -> None:
    for length in (6, 12, len(TEXTS[encoding])):
        cut = TEXTS[encoding][:length] if encoding != "cp1252" else TEXTS[encoding]
        assert guess(f"user_id,event\nu1,{cut}\n".encode(encoding)) == encoding


def test_a_packed_file_is_recognised_by_its_head(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    chunks = wrapping._chunks
    monkeypatch.setattr(wrapping, "_chunks", lambda *a: (taken.append(len(c)) or c for c in chunks(*a)))
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode() + GOOD.encode() * 1_000_000, 1))
    assert recognise(workspace, path).mapping["user_id"] == "user_id"
    assert sum(taken) < 20_000_000


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ROWS = st.lists(
    st.tuples(CELL, CELL, st.sampled_from(["2024-01-01 10:00:00", "2024-01-02", "soon", ""])), min_size=1, max_size=12
)
MISSING = ("", "NULL", "null", "None", "none", "NaN", "nan", "NaT", "\\N", "NA", "N/A", "<NA>")


def written(rows: list[tuple[str, ...]], form: str, path: Path) -> None:
    frame = pd.DataFrame(rows, columns=list(MAPPING.values()))
    if form == "parquet":
        frame.to_parquet(path)
    elif form.startswith("json"):
        frame.to_json(path, orient="records", lines=form == "json lines", force_ascii=False)
    else:
        delimiter, encoding, packed = form.split(" ")
        text = frame.to_csv(index=False, sep=delimiter.replace("TAB", "\t"), quoting=1).encode(encoding)
        path.write_bytes({"plain": lambda b: b, "gzip": gzip.compress, "zstd": lambda b: pa.compress(b, "zstd", asbytes=True)}[packed](text))  # fmt: skip


FORMS = [
    ", utf-8 plain",
    "; utf-16 gzip",
    "TAB utf-8-sig zstd",
    "| gb18030 plain",
    "parquet",
    "json list",
    "json lines",
]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, st.sampled_from(FORMS))
@example([("0", "\xa0", "2024-01-01 10:00:00")], ", utf-8 plain")
def test_good_and_rejected_rows_are_the_rows_and_values_round_trip(rows: list[tuple[str, ...]], form: str) -> None:
    rows = [("用户甲", "浏览", "2024-01-01 10:00:00"), *rows]
    with tempfile.TemporaryDirectory() as folder:
        path, workspace = Path(folder) / "log.csv", Workspace(Path(folder) / "workspace")
        written(rows, form, path)
        known = "gb18030" if "gb18030" in form else None  # so few characters could be anything
        spec = ImportSpec(files=(str(path),), mapping=MAPPING, encoding=known)
        manifest = import_log(workspace, spec, lambda share, message: None)
        log = open_log(workspace, manifest["log_id"])
        events = log.fetch(log.table())
        log.close()
    assert manifest["events"] + manifest["rejected"] == len(rows)
    sound = [
        (row[0].strip(" "), row[1].strip(" "))
        for row in rows
        if row[2].startswith("2024") and row[0].strip(" ") not in MISSING and row[1].strip(" ") not in MISSING
    ]
    assert sorted(zip(events.user_id, events.event_type, strict=True)) == sorted(sound)


def test_a_zip_never_writes_by_its_own_names(tmp_path: Path, load: Callable[..., object]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../escaped.csv", HEADER + GOOD)
    path = tmp_path / "inner" / "log.zip"
    path.parent.mkdir()
    path.write_bytes(out.getvalue())
    assert load(path).manifest["events"] == 1
    assert not list(tmp_path.parent.glob("**/escaped.csv"))
