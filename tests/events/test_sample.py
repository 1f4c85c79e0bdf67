"""The shipped sample is there, unchanged, with its terms beside it."""

import hashlib

import pyarrow.parquet as pq

from core.events.sample import FOLDER, sample_files


def test_every_shipped_file_has_a_notice_and_columns_to_map() -> None:
    samples = sample_files()
    assert [sample.name for sample in samples] == ["Online Retail (UCI)"]
    for sample in samples:
        assert "CC BY 4.0" in sample.notice
        assert set(sample.mapping.values()) <= set(pq.read_schema(sample.path).names)


def test_the_notice_names_each_file_and_its_checksum() -> None:
    notice = (FOLDER / "NOTICE.md").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.parquet"):
        assert path.name in notice
        assert hashlib.sha256(path.read_bytes()).hexdigest() in notice
