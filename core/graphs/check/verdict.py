"""The verdict on a graph: contradicted, not contradicted, or not to be told; and the first thing to look at."""

from collections.abc import Sequence

from core.graphs.check.claims import CONTRADICTED, NO_POWER, SMALL, UNSUPPORTED, Judged
from core.graphs.check.falsify import LEVEL, Falsification
from core.graphs.check.implied import Implied


def contradictions(claims: Sequence[Judged]) -> list[Judged]:
    """The contradicted claims, first the one whose missing edge would be the strongest."""
    found = [claim for claim in claims if claim.verdict == CONTRADICTED]
    return sorted(found, key=lambda claim: -(claim.gain or 0.0))


def verdict(
    implied: Implied, claims: Sequence[Judged], edges: Sequence[Judged], falsification: Falsification, change: str = ""
) -> tuple[bool | None, str]:
    """passed and its sentence. True: every claim could have failed, and none did; None where that cannot be said.

    change: in words, what one change of the graph would mend the contradictions.
    """
    wrong = contradictions(claims)
    weak = [claim for claim in claims if claim.verdict == NO_POWER]
    if wrong:
        return False, " ".join([_contradicted(wrong, len(claims)), change]).strip()
    if not claims:
        return None, " ".join([_nothing(implied), _unsupported(edges)]).strip()
    if weak:
        return None, (
            f"Not to be told: {len(weak):,} of {_claims(len(claims))} could not have failed with so few units, "
            f"such as {_said(weak[0])}. None is contradicted."
        )
    if falsification.passed is False:
        return False, falsification.sentence
    if falsification.rival_share is not None and falsification.rival_share > LEVEL:
        return None, " ".join(
            [
                f"Not contradicted in {_claims(len(claims))}, but neither would other graphs be: "
                f"{100 * falsification.rival_share:.0f} % of those with swapped names that claim something else fit "
                "as well.",
                _unsupported(edges),
            ]
        ).strip()
    small = sum(claim.verdict == SMALL for claim in claims)
    hold = "holds" if len(claims) == 1 else "hold"
    held = f"Not contradicted: {_claims(len(claims))} {hold}" + (f" ({small:,} but for a trace)" if small else "") + "."
    return True, " ".join([held, _unsupported(edges)]).strip()


def _contradicted(wrong: Sequence[Judged], claims: int) -> str:
    first = wrong[0]
    effect = f"{first.effect:.2f} ({first.low:.2f} to {first.high:.2f})"
    return (
        f"The data contradict {len(wrong):,} of {_claims(claims)}, first that {_said(first)}: the association left is "
        f"{effect}."
    )


def _said(claim: Judged) -> str:
    given = f" given {_and(claim.given)}" if claim.given else ""
    return f"{claim.one} and {claim.other} are independent{given}"


def _nothing(implied: Implied) -> str:
    why = [
        *([f"nothing measured separates {_pairs(len(implied.untestable))}"] if implied.untestable else []),
        *([f"{_pairs(len(implied.free))} of causes may go together"] if implied.free else []),
    ]
    reason = f" ({'; '.join(why)}; an edge joins the others)" if why else " (an edge joins every pair)"
    return f"Unknown: the graph claims no independence that data could contradict{reason}."


def _unsupported(edges: Sequence[Judged]) -> str:
    found = sorted((edge for edge in edges if edge.verdict == UNSUPPORTED), key=lambda edge: abs(edge.effect or 0))
    if not found:
        return ""
    first = found[0]
    rest = f" and {len(found) - 1:,} more edges" if len(found) > 1 else ""
    return f"The data do not support {first.one} → {first.other}{rest}."


def _pairs(number: int) -> str:
    return "1 pair" if number == 1 else f"{number:,} pairs"


def _claims(number: int) -> str:
    return "1 claim" if number == 1 else f"{number:,} claims"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
