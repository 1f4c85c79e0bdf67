"""What a rule for whom to treat is worth, on users that it was not learnt from, beside treating all or none.

The value of a rule is the average over all units of score less cost where it treats: the gain over treating nobody.
The tree that is shown is grown on everybody; its value is that of trees grown the same way without the user's fold.
"""

from typing import Any

import numpy as np

from core.effects.benefits.crossed import CrossFit
from core.effects.benefits.inference import average, averages
from core.effects.benefits.judged import Judge
from core.effects.benefits.policy_tree import MOST_COVARIATES, cuts_of, grow, leaves, plain, treats
from core.effects.benefits.readable import readable
from core.effects.interval import Interval
from core.effects.nuisances import FOLDS

RULES = {"all": "Treat everybody", "tree": "Treat by the tree", "learner": "Treat where the predicted effect pays"}


def policy(
    crossed: CrossFit, judge: Judge, learnt: np.ndarray | None, *, cost: float, smallest: int, widen: float = 1.0
) -> tuple[dict[str, Any], np.ndarray]:
    """The tree with its value, held out, and (n,) whom the tree grown on everybody treats.

    learnt (n,): the held-out effects of a learner that earned it, None without; cost: of treating one unit, in the
    outcome's unit; widen: by what the errors of learnt rules are multiplied (`judged.UNPROVEN`). passed: whether the
    tree beats the better of treating all and none; None: cannot tell.
    """
    covariates, matrix = readable(crossed.table)
    cuts, gains = cuts_of(matrix), judge.values - cost
    held_out = np.zeros(len(gains), dtype=bool)
    for fold in range(FOLDS):
        given = judge.weights * (crossed.scores_without(fold) - cost)
        tree = grow(cuts, given, np.flatnonzero(crossed.fold != fold), smallest=smallest)
        of_fold = crossed.fold == fold
        held_out[of_fold] = treats(tree, cuts.codes[of_fold], cuts)
    whole = grow(cuts, judge.weights * gains, np.arange(len(gains)), smallest=smallest)
    chosen = {"all": np.ones(len(gains), dtype=bool), "tree": held_out}
    if learnt is not None:
        chosen["learner"] = learnt > cost
    rows = [_value(name, treated, gains, judge, 1.0 if name == "all" else widen) for name, treated in chosen.items()]
    passed, sentence = _verdict(rows)
    notes = []
    if len(covariates) > MOST_COVARIATES:
        notes.append(
            f"Trees of two levels looked at the {MOST_COVARIATES} covariates that divide best on their own, "
            f"of {len(covariates):,}."
        )
    found = {
        "cost": cost,
        "passed": passed,
        "sentence": sentence,
        "rows": rows,
        "tree": plain(whole, covariates, matrix),
        "leaves": [_leaf(*leaf, judge) for leaf in leaves(whole, covariates, matrix)],
        "notes": notes,
    }
    return found, treats(whole, cuts.codes, cuts)


def _value(name: str, treated: np.ndarray, gains: np.ndarray, judge: Judge, widen: float) -> dict[str, Any]:
    """A rule's gain over treating nobody and over treating everybody, with the share that it treats."""
    columns = np.column_stack([treated * gains, treated * gains - gains])
    found = averages(columns, judge.weights, judge.clusters)
    over_none, over_all = (
        Interval(float(v), widen * float(e)) for v, e in zip(found.values, found.errors, strict=True)
    )
    return {
        "rule": name,
        "title": RULES[name],
        "share_treated": float(np.average(treated, weights=judge.weights)),
        "over_none": over_none.plain(),
        "over_all": over_all.plain(),
    }


def _verdict(rows: list[dict[str, Any]]) -> tuple[bool | None, str]:
    everybody, tree = rows[0], rows[1]
    against, name = (
        (tree["over_all"], "treating everybody")
        if everybody["over_none"]["value"] > 0
        else (tree["over_none"], "treating nobody")
    )
    if against["low"] > 0:
        return True, f"On users it was not learnt from, the tree does better than {name}."
    if against["high"] < 0:
        return False, f"On users it was not learnt from, the tree does worse than {name}: do not use it."
    return None, f"There is no evidence that a tree does better than {name}."


def _leaf(rule: str, treat: bool, members: np.ndarray, judge: Judge) -> dict[str, Any]:
    own = average(
        judge.values[members], judge.weights[members], np.unique(judge.clusters[members], return_inverse=True)[1]
    )
    return {
        "rule": rule,
        "treat": treat,
        "units": int(members.sum()),
        "users": len(np.unique(judge.clusters[members])),
        **own.plain(),
    }
