"""Take user ids out of what runs left behind: tables of users, results, reports, settings.

A table with a column `user_id` loses the users' rows. In JSON and plain text the ids are replaced, wherever they stand
alone; in a string of JSON a short id only if it is the whole string, because `7` may be anything. What a model learned
cannot be taken out: such a run is marked instead.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.storage.workspace import write_atomically

FORGOTTEN = "(forgotten)"
SHORT = 4  # characters; ids below it are replaced only where they are a whole value
TEXTS = (".txt", ".log", ".csv", ".md", ".html")
LEARNED = (".pt", ".ckpt", ".pth", ".safetensors", ".npz", ".npy")


class Scrubber:
    """Replaces some user ids in whatever it is shown, and remembers whether there was anything to replace."""

    def __init__(self, user_ids: Sequence[str]) -> None:
        self._users = frozenset(user_ids)
        long = sorted((re.escape(user) for user in user_ids if len(user) >= SHORT), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![\w@.-])(?:{'|'.join(long)})(?![\w@-])") if long else None

    def text(self, text: str) -> str:
        """The text without the ids."""
        if text in self._users:
            return FORGOTTEN
        return self._pattern.sub(FORGOTTEN, text) if self._pattern else text

    def value(self, value: Any) -> Any:
        """A JSON value without the ids; in lists of ids the entry goes, elsewhere it is replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value if not (isinstance(item, str) and item in self._users)]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value

    def folder(self, folder: Path) -> tuple[int, bool]:
        """Scrub a run's folder; returns how many files changed, and whether something learned is in it."""
        changed, learned = 0, False
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            learned = learned or path.suffix in LEARNED
            changed += self._file(path)
        return changed, learned

    def _file(self, path: Path) -> bool:
        if path.suffix == ".parquet":
            return self._table(path)
        if path.suffix in (".json", ".jsonl", *TEXTS):
            before = path.read_text(encoding="utf-8", errors="replace")
            after = self._lines(before) if path.suffix == ".jsonl" else before
            after = self._document(before) if path.suffix == ".json" else after
            after = self.text(before) if path.suffix in TEXTS else after
            if after != before:
                write_atomically(path, after)
                return True
        return False

    def _document(self, text: str) -> str:
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            return self.text(text)
        cleaned = self.value(value)
        return text if cleaned == value else json.dumps(cleaned, ensure_ascii=False, indent=1)

    def _lines(self, text: str) -> str:
        return "\n".join(self._line(line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            return self.text(line)
        cleaned = self.value(value)
        return line if cleaned == value else json.dumps(cleaned)

    def _table(self, path: Path) -> bool:
        schema = pq.read_schema(path)
        if "user_id" not in schema.names:
            return False
        users = pa.array(sorted(self._users), pa.string())
        partial = path.with_name(f".{path.name}.scrubbed")
        dropped = 0
        with pq.ParquetFile(path) as file, pq.ParquetWriter(partial, schema) as kept:
            for batch in file.iter_batches():
                table = pa.Table.from_batches([batch])
                held = table.filter(pc.invert(pc.is_in(pc.cast(table["user_id"], pa.string()), users)))
                dropped += table.num_rows - held.num_rows
                if held.num_rows:
                    kept.write_table(held)
        if dropped:
            partial.replace(path)
        else:
            partial.unlink()
        return dropped > 0
