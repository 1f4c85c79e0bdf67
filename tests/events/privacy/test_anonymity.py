"""Group sizes equal a count by hand; only counts leave."""

from collections import Counter

import pytest

from core.errors import BadSpec
from core.events.privacy.anonymity import anonymity, quasi_identifiers
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace


@pytest.fixture
def log(workspace: Workspace, write, silent_import) -> Log:  # type: ignore[no-untyped-def]
    lines = []
    for n in range(120):
        plan, city = ("pro", "Rom") if n == 7 else (("pro", "free")[n % 2], ("Ulm", "Kiel", "Bonn")[n % 3])
        lines += [f"u{n},view,2024-01-{1 + n % 2:02d},,{city}\n", f"u{n},buy,2024-01-20,{plan},\n"]
    return open_log(workspace, silent_import(write("user_id,event,timestamp,plan,city\n" + "".join(lines)))["log_id"])


def test_groups_are_counted_over_users_with_their_latest_known_values(log: Log) -> None:
    found = anonymity(log, ["plan", "city"], k=5)
    by_hand = Counter(
        ("pro", "Rom") if n == 7 else (("pro", "free")[n % 2], ("Ulm", "Kiel", "Bonn")[n % 3]) for n in range(120)
    )
    assert found.users == 120
    assert found.smallest == min(by_hand.values()) == 1
    assert found.at_risk == sum(size for size in by_hand.values() if size < 5) == 1
    assert found.alone == 1
    assert "Rom" not in found.sentence + str(found.by_columns)
    assert found.by_columns[0]["columns"] == ["city"]


def test_more_is_known_more_are_at_risk(log: Log) -> None:
    assert quasi_identifiers(log) == ["plan", "city", "first_day"]
    some, more = (anonymity(log, columns, k=25).at_risk for columns in (["plan"], ["plan", "city", "first_day"]))
    assert some < more


def test_without_any_knowledge_all_are_one_group(log: Log) -> None:
    found = anonymity(log, [])
    assert (found.smallest, found.at_risk) == (120, 0)


def test_wrong_questions_are_refused(log: Log) -> None:
    for columns, k, sentence in ((["name"], 5, "no quasi-identifier 'name'"), (["plan"], 1, "at least 2")):
        with pytest.raises(BadSpec, match=sentence):
            anonymity(log, columns, k=k)
