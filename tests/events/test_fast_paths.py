"""The shortcuts of an import change what it costs and nothing else: each against the plain way, on any input."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.events import derived
from core.events.derived import PATH_EVENTS, make_sessions, path_codes
from core.events.reading import sieve as room
from core.events.reading.moments import MISSING, iso_format, iso_sql, unless
from core.events.stages import Stage
from core.storage.engine import writer
from core.storage.workspace import Workspace

MANY = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
MOMENTS = (
    "2024-01-01 10:00:00", "2024-01-01T10:00:00", "2024-01-01 10:00:00.123", "2024-12-31T23:59:59.123456Z",
    "2024-02-29", "2024-01-01 10:00:00Z", "2024-01-01 10:00", "1969-05-05 01:02:03.5",
)  # fmt: skip
CELLS = st.lists(st.text(alphabet="NnUulLAa/ \\<>0é", max_size=7) | st.sampled_from(MISSING), min_size=1, max_size=200)


@st.composite
def nearly_moments(draw: st.DrawFn) -> str:
    """A moment with up to three characters changed, put in or left out."""
    text = list(draw(st.sampled_from(MOMENTS)))
    for _ in range(draw(st.integers(0, 3))):
        place, other = draw(st.integers(0, len(text) - 1)), draw(st.sampled_from("0123456789 -+:.TZz/BC"))
        text[place : place + draw(st.integers(0, 1))] = draw(st.sampled_from([[other], []]))
        text = text or ["2"]
    return "".join(text).strip()


@MANY
@given(CELLS)
def test_missing_words_and_blanks_are_found_in_short_and_long_text(workspace: Workspace, cells: list[str]) -> None:
    with writer(workspace) as engine:
        engine.add("cells", pa.table({"place": range(len(cells)), "v": cells}))
        found = [row[0] for row in engine.rows(f"SELECT {unless('v', MISSING)} FROM cells ORDER BY place")]
    plain = [cell.strip(" ") for cell in cells]
    assert found == [None if cell in MISSING else cell for cell in plain]


@MANY
@given(st.lists(nearly_moments(), min_size=1, max_size=200), st.sampled_from(MOMENTS))
def test_the_usual_format_changes_no_moment(workspace: Workspace, texts: list[str], usual: str) -> None:
    assert iso_format(usual) is not None
    with writer(workspace) as engine:
        engine.add("texts", pa.table({"v": texts}))
        differing = engine.rows(
            f"SELECT v, {iso_sql('v', iso_format(usual))} AS quick, {iso_sql('v')} AS plain FROM texts "
            "WHERE quick IS DISTINCT FROM plain"
        )
    assert differing == []


@pytest.mark.parametrize("example", MOMENTS)
def test_the_usual_format_reads_what_it_was_taken_from(workspace: Workspace, example: str) -> None:
    with writer(workspace) as engine:
        read = engine.rows("SELECT try_strptime(?, ?)", [example, iso_format(example)])[0][0]
        assert read is not None
        assert read == engine.rows(f"SELECT {iso_sql('v')} FROM (SELECT ? AS v)", [example])[0][0]


def sieved(path: Path, chunk: int) -> tuple[Any, ...]:
    rejects: list[room.RejectedLine] = []
    usual, room.CHUNK_BYTES = room.CHUNK_BYTES, chunk  # type: ignore[attr-defined]
    try:
        found = room.sieve(
            path, path.with_name("copy.csv"), delimiter=",", columns=3, has_header=True, reject=rejects.extend,
            watch=lambda share: None,
        )  # fmt: skip
    finally:
        room.CHUNK_BYTES = usual  # type: ignore[attr-defined]
    return found.rows, found.breaks.tolist(), found.path.read_bytes(), rejects


@MANY
@given(
    st.lists(st.sampled_from(["a,b,c"] * 6 + [",,", "d,e", "", "a,b,c,d", 'a,"b\n2",c', '"x,b,c', "a\rb,c,d"])),
    st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(4, 60),
)  # fmt: skip
def test_the_sieve_is_the_same_with_and_without_its_quick_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], end: str, cut: bool, chunk: int
) -> None:
    path = tmp_path / "log.csv"
    data = "".join(line + end for line in ["u,e,t", *lines])
    path.write_bytes((data[: -len(end)] if cut else data).encode())
    quick = sieved(path, chunk)
    with monkeypatch.context() as patch:
        patch.setattr(room, "all_plain", lambda *given: None)
        assert sieved(path, chunk) == quick


@pytest.mark.parametrize("kinds", [3, 980])
@pytest.mark.parametrize("part_events", [2, derived.PART_EVENTS])
def test_paths_are_the_same_whether_event_types_are_enums_or_texts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, kinds: int, part_events: int
) -> None:
    """Also for event types that share the code of the rest, for sessions longer than a path, and made in many parts."""
    starts = derived.USER_STARTS.replace(str(derived.PART_EVENTS), str(part_events))
    monkeypatch.setattr(derived, "USER_STARTS", starts)
    types = [f"type {number:04d}" for number in range(kinds)]
    lengths = (1, 2, PATH_EVENTS, PATH_EVENTS + 1, 3 * PATH_EVENTS)
    rows = [
        (session, f"u{session}", position * 1_000, types[(7 * session + position) % kinds], position, position)
        for session, length in enumerate(lengths)
        for position in range(1, length + 1)
    ]
    names = ("session_id", "user_id", "timestamp_us", "event_type", "session_position", "history_position")
    codes = path_codes(types)
    paths = []
    for is_enum in (True, False):
        with writer(workspace) as engine:
            engine.execute("ATTACH ':memory:' AS log")
            engine.add("given", pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))
            engine.execute("CREATE TYPE log.kind_event_type AS ENUM (SELECT DISTINCT event_type FROM given ORDER BY 1)")
            kind = "log.kind_event_type" if is_enum else "VARCHAR"
            engine.execute(
                f"CREATE TABLE log.events AS SELECT * REPLACE (CAST(event_type AS {kind}) AS event_type) FROM given"
            )
            make_sessions(engine, codes, Stage(lambda share, message: None, 0.0, 1.0, ""), is_enum=is_enum)
            paths.append([row[0] for row in engine.rows("SELECT path FROM log.sessions ORDER BY session_id")])
    of_type = {kind: code for code, kind in codes.items()}
    expected = [
        "".join(of_type.get(types[(7 * session + n) % kinds], "*") for n in range(1, min(length, PATH_EVENTS) + 1))
        for session, length in enumerate(lengths)
    ]
    assert paths == [expected, expected]
