"""Two to five studies side by side: their headlines, what differs in what they asked, and their protocols."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.effects.finished import FinishedStudy, finished_study, study_run
from core.effects.protocol import protocol
from core.effects.study_facts import DATA, NOTHING, QUESTION, facts_of
from core.effects.study_spec import StudySpec
from core.effects.verdict import shown
from core.errors import BadSpec
from core.storage.runs import find_result
from core.storage.workspace import Workspace

FEWEST, MOST = 2, 5
LETTERS: Final = "ABCDE"
ABSENT: Final = "does not apply"


@dataclass(frozen=True)
class Comparison:
    """studies: in the order they were named, called A, B, ...; differs: rows of {"what", "about", "values"}; same: rows
    of {"what", "value"}; protocol: rows of {"element", "values"}; sentences: what to make of it."""

    studies: tuple[FinishedStudy, ...]
    differs: tuple[dict[str, Any], ...]
    same: tuple[dict[str, Any], ...]
    protocol: tuple[dict[str, Any], ...]
    sentences: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values; each study has its `letter`."""
        return {
            "studies": [
                {"letter": letter, **study.plain()} for letter, study in zip(LETTERS, self.studies, strict=False)
            ],
            "differs": list(self.differs),
            "same": list(self.same),
            "protocol": list(self.protocol),
            "sentences": list(self.sentences),
        }


def compare(workspace: Workspace, run_ids: Sequence[str]) -> Comparison:
    """Read finished studies and hold them side by side.

    Raises BadSpec for under two or over five of them or a run that is no study, NotFound for one without a result.
    """
    named = list(dict.fromkeys(run_ids))
    if not FEWEST <= len(named) <= MOST:
        raise BadSpec(f"Compare {FEWEST} to {MOST} different studies; these are {len(named)}.")
    rows = [study_run(workspace, run_id) for run_id in named]
    results = [find_result(workspace, run_id) for run_id in named]
    return comparison([finished_study(workspace, row) for row in rows], results)


def comparison(studies: Sequence[FinishedStudy], results: Sequence[Mapping[str, Any]]) -> Comparison:
    """Studies, and the result of each."""
    facts = [facts_of(study, result) for study, result in zip(studies, results, strict=True)]
    names = list(dict.fromkeys(name for each in facts for name in each))
    differs, same = [], []
    for name in names:
        about = next(each[name][0] for each in facts if name in each)
        values = [each[name][1] if name in each else ABSENT for each in facts]
        if len(set(values)) > 1 and set(values) != {ABSENT, NOTHING}:
            differs.append({"what": name, "about": about, "values": values})
        else:
            same.append({"what": name, "value": values[0]})
    cards = [protocol(StudySpec.read(result["spec"]), result) for result in results]
    aligned = [
        {"element": rows[0].element, "values": [row.emulation for row in rows]} for rows in zip(*cards, strict=True)
    ]
    sentences = (_what_differs(differs), *_numbers(studies), *_doubts(studies))
    return Comparison(tuple(studies), tuple(differs), tuple(same), tuple(aligned), sentences)


def _what_differs(differs: Sequence[Mapping[str, Any]]) -> str:
    if not differs:
        return "Nothing that was asked differs, and nothing in how it was estimated."
    about = {kind: [row["what"].lower() for row in differs if row["about"] == kind] for kind in (DATA, QUESTION)}
    if about[QUESTION]:
        return (
            f"They ask different questions ({_listed(about[QUESTION])}), so different numbers need not contradict each "
            "other."
        )
    if about[DATA]:
        return f"They ask the same of different data ({_listed(about[DATA])})."
    ways = _listed([row["what"].lower() for row in differs])
    return f"They ask the same of the same data; what differs is how it was estimated ({ways})."


def _numbers(studies: Sequence[FinishedStudy]) -> tuple[str, ...]:
    """Whether one value could be behind all of them, which only numbers in one unit can tell."""
    if len({study.unit for study in studies}) > 1:
        return ("Their numbers are in different units, so only directions can be compared.",)
    intervals = [(study.low, study.high) for study in studies if study.low is not None and study.high is not None]
    if len(intervals) < len(studies):
        return ("Not all of them have an interval.",)
    low, high = max(low for low, _ in intervals), min(high for _, high in intervals)
    unit = studies[0].unit
    points = " percentage points" if unit == "share" else ""
    if low <= high:
        return (f"All intervals hold the values from {shown(low, unit)} to {shown(high, unit)}{points}.",)
    return ("No value lies in all of the intervals. Where they share users this is no test of the difference.",)


def _doubts(studies: Sequence[FinishedStudy]) -> tuple[str, ...]:
    said = []
    named = dict(zip(LETTERS, studies, strict=False))
    red = [letter for letter, study in named.items() if not study.supported]
    if red:
        said.append(f"Not supported by its own checks: {_listed(red)}.")
    old = [letter for letter, study in named.items() if study.stale or study.pruned]
    if old:
        said.append(f"No longer stands as it is, or cannot be made again: {_listed(old)}.")
    return tuple(said)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
