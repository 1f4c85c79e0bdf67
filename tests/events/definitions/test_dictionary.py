"""The dictionary equals plain pandas over the rows; descriptions are kept per log."""

import pandas as pd
import pytest

from core.errors import NotFound
from core.events.definitions.dictionary import attributes, counted, describe, descriptions, event_types
from core.events.definitions.rule_text import read_rule
from core.storage.engine import Log
from core.storage.workspace import Workspace


def test_event_types_equal_a_plain_count(log: Log) -> None:
    rows = log.fetch(log.table())
    found = {row["event_type"]: row for row in event_types(log)}
    for name, part in rows.groupby("event_type"):
        entry = found.pop(str(name))
        assert entry["events"] == len(part)
        assert entry["users"] == part["user_id"].nunique()
        assert (entry["first_at"], entry["last_at"]) == (part["timestamp"].min(), part["timestamp"].max())
        assert entry["value_share"] == pytest.approx(part["value"].notna().mean())
        assert entry["share"] == pytest.approx(len(part) / len(rows))
    assert not found


def test_attributes_equal_a_plain_count(log: Log) -> None:
    rows = log.fetch(log.table())
    found = attributes(log)
    assert [row["column"] for row in found] == ["value", "country", "vip", "due"]
    for entry in found:
        there = rows[rows[entry["column"]].notna()]
        assert entry["events"] == len(there)
        assert entry["users"] == there["user_id"].nunique()
        assert entry["distinct"] == there[entry["column"]].nunique()
        assert (entry["first_at"], entry["last_at"]) == (there["timestamp"].min(), there["timestamp"].max())
    value = found[0]
    assert (value["low"], value["high"]) == (-3, 1200)
    # -3 comes twice, the others once: the most frequent first, then the smallest.
    assert [float(text) for text in value["examples"]] == [-3, 10, 50]
    assert found[1]["examples"] == ["DE", "FR", "O'Hara"]
    assert pd.isna(found[1]["low"])


def test_a_rule_is_counted(log: Log) -> None:
    # u2's buy for 60 and u1's for 50.50 and u3's for 1200.
    assert counted(log, read_rule("buy where value > 50")) == {"events": 3, "users": 3}
    assert counted(log, read_rule("buy where value > 5000")) == {"events": 0, "users": 0}


def test_descriptions_are_kept_until_they_are_emptied(home: Workspace, log: Log) -> None:
    describe(home, log, "event_type", "buy", " Paid for. ")
    describe(home, log, "attribute", "country", "Where from")
    assert descriptions(home, log.log_id, "event_type") == {"buy": "Paid for."}
    describe(home, log, "event_type", "buy", "")
    assert descriptions(home, log.log_id, "event_type") == {}
    assert descriptions(home, log.log_id, "attribute") == {"country": "Where from"}
    with pytest.raises(NotFound, match="no event type 'by'; did you mean buy"):
        describe(home, log, "event_type", "by", "x")
