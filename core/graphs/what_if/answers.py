"""Set and look back: what the outcome would be, and would have been, with intervals from refitted draws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx
import numpy as np
import pandas as pd

from core.errors import BadSpec, NotEnoughData
from core.graphs.variables import Variable, VariableTable, said_yes
from core.graphs.what_if.model import Model, fit_model, fit_to_look_back, mean_of, texts_of

Progress = Callable[[float, str], None]
BINS: Final = 24
FEWEST_UNITS: Final = 20
COVERAGE: Final = (0.025, 0.975)


@dataclass(frozen=True)
class Ask:
    """What to work on: a graph of measured nodes, their table, the outcome, the two settings to compare.

    versus: None compares with what was observed.
    """

    graph: "nx.DiGraph[str]"
    table: VariableTable
    outcome: str
    hold: Mapping[str, str]
    versus: Mapping[str, str] | None
    draws: int
    seed: int


def set_nodes(ask: Ask, progress: Progress) -> dict[str, Any]:
    """The outcome's distribution with nodes set, beside the comparison; the difference with its interval."""
    hold, versus = (_values(ask.table, each, as_text=True) for each in (ask.hold, ask.versus or {}))
    progress(0.15, "Choosing and fitting a mechanism per node")
    model = fit_model(ask.graph, ask.table, seed=ask.seed)
    found = [_drawn(model, ask.outcome, each) for each in (hold, versus)]
    target = ask.table.variable(ask.outcome)
    level = texts_of(target)[-1] if target.kind == "binary" else None
    levels = texts_of(target) if target.kind == "category" else ()
    means: list[list[Any]] = []
    for number in range(ask.draws):
        progress(0.3 + 0.65 * number / ask.draws, f"Refit {number + 1} of {ask.draws}")
        again = model.refitted(_resampled(ask.table, ask.seed + 1 + number))
        means.append([_summary(_drawn(again, ask.outcome, each), level, levels) for each in (hold, versus)])
    points = [_summary(values, level, levels) for values in found]
    return {
        "outcome": ask.outcome, "level": level, "levels": list(levels),
        "held": _told(points[0], [each[0] for each in means]),
        "versus": _told(points[1], [each[1] for each in means]),
        "difference": _told(points[0] - points[1], [each[0] - each[1] for each in means]),
        "distribution": _distribution(found[0], found[1], target),
        "mechanisms": {node: str(model.gcm.causal_mechanism(node)) for node in ask.graph},
    }  # fmt: skip


def look_back(ask: Ask, progress: Progress) -> dict[str, Any]:
    """The units that had other values: their outcome, what it would have been, and the mean difference.

    versus given: only units that had those values. Raises NotEnoughData for fewer than FEWEST_UNITS of them.
    """
    hold, versus = (_values(ask.table, each, as_text=False) for each in (ask.hold, ask.versus or {}))
    progress(0.15, "Fitting mechanisms that can be inverted")
    model = fit_to_look_back(ask.graph, ask.table, seed=ask.seed)
    about = _about(model.data, hold, versus)
    if int(about.sum()) < FEWEST_UNITS:
        raise NotEnoughData(
            f"{int(about.sum()):,} units had {_words(ask.versus) if ask.versus else 'other values'}; looking back "
            f"needs {FEWEST_UNITS} or more."
        )
    units = np.flatnonzero(about)
    would = model.looked_back(hold, model.data.iloc[units].reset_index(drop=True))
    was, had = (frame[ask.outcome].to_numpy(dtype=float) for frame in (model.data.iloc[units], would))
    means = []
    for number in range(ask.draws):
        progress(0.3 + 0.65 * number / ask.draws, f"Refit {number + 1} of {ask.draws}")
        again = model.refitted(_resampled(ask.table, ask.seed + 1 + number))
        chosen = again.data[_about(again.data, hold, versus)].reset_index(drop=True)
        if len(chosen):
            changed = again.looked_back(hold, chosen)
            means.append([mean_of(changed[ask.outcome], None), mean_of(chosen[ask.outcome], None)])
    target = ask.table.variable(ask.outcome)
    return {
        "outcome": ask.outcome, "level": texts_of(target)[-1] if target.kind == "binary" else None, "levels": [],
        "units": len(units),
        "held": _told(np.array(had.mean()), [np.array(each[0]) for each in means]),
        "versus": _told(np.array(was.mean()), [np.array(each[1]) for each in means]),
        "difference": _told(np.array((had - was).mean()), [np.array(each[0] - each[1]) for each in means]),
        "distribution": _distribution(pd.Series(had), pd.Series(was), target if target.kind != "binary" else None),
        "mechanisms": {node: str(model.gcm.causal_mechanism(node)) for node in ask.graph},
    }  # fmt: skip


def _drawn(model: Model, outcome: str, values: Mapping[str, Any]) -> "pd.Series":
    return model.held(values)[outcome]


def _summary(values: "pd.Series", level: str | None, levels: tuple[str, ...]) -> Any:
    """A mean, the share of the upper level, or the shares of all levels: array of any shape."""
    if levels:
        return np.array([mean_of(values, each) for each in levels])
    return np.array(mean_of(values, level))


def _told(point: Any, draws: list[Any]) -> dict[str, Any]:
    """A point with the middle 95 % of the draws (percentile interval); null without draws."""
    if not draws:
        return {"value": point.tolist(), "low": None, "high": None}
    low, high = np.quantile(np.stack(draws), COVERAGE, axis=0)
    return {"value": point.tolist(), "low": low.tolist(), "high": high.tolist()}


def _values(table: VariableTable, texts: Mapping[str, str], *, as_text: bool) -> dict[str, Any]:
    """The values to set, in the model's form; raises BadSpec, NotFound for a node or value that is not there."""
    return {name: _value(table.variable(name), text, as_text) for name, text in texts.items()}


def _value(variable: Variable, text: str, as_text: bool) -> Any:
    levels = texts_of(variable)
    if levels:
        plain = {
            **{level: level for level in levels},
            **({"true": levels[1], "false": levels[0]} if len(levels) == 2 else {}),
        }
        wanted = plain.get(str(text), plain.get(str(text).lower()))
        if wanted is None and len(levels) == 2 and str(text) in ("0", "1", "0.0", "1.0"):
            wanted = levels[int(float(text))]
        if wanted is None and levels == ("0", "1") and (said := said_yes(text)) is not None:
            wanted = levels[int(said)]
        if wanted is None:
            raise BadSpec(f"'{variable.name}' has no value '{text}'; it has {', '.join(levels[:12])}.")
        return wanted if as_text else float(levels.index(wanted))
    try:
        number = float(text)
    except ValueError:
        raise BadSpec(f"'{variable.name}' is a number, so it cannot be set to '{text}'.") from None
    if not np.isfinite(number):
        raise BadSpec(f"'{variable.name}' cannot be set to {text}; give a finite number.")
    return int(number) if variable.kind == "count" and number == int(number) and as_text else number


def _about(data: pd.DataFrame, hold: Mapping[str, Any], versus: Mapping[str, Any]) -> Any:
    """Which rows are asked about: those with the values of `versus`, or else with other ones than `hold`."""
    if versus:
        return np.logical_and.reduce([data[name].to_numpy() == value for name, value in versus.items()])
    return np.logical_or.reduce([data[name].to_numpy() != value for name, value in hold.items()])


def _resampled(table: VariableTable, seed: int) -> Any:
    """Positions of a bootstrap draw: of rows, or of whole clusters."""
    chance = np.random.default_rng(seed)
    if table.clusters is None:
        return chance.integers(0, table.rows, table.rows)
    order = np.argsort(table.clusters, kind="stable")
    starts = np.searchsorted(table.clusters[order], np.arange(int(table.clusters.max()) + 2))
    chosen = chance.integers(0, len(starts) - 1, len(starts) - 1)
    return np.concatenate([order[starts[each] : starts[each + 1]] for each in chosen])


def _distribution(held: "pd.Series", versus: "pd.Series", target: Variable | None) -> dict[str, Any]:
    """Shares in bins (or levels) of both, to draw one over the other."""
    if target is not None and texts_of(target):
        levels = texts_of(target)
        return {"levels": list(levels), "held": [mean_of(held, each) for each in levels],
                "versus": [mean_of(versus, each) for each in levels]}  # fmt: skip
    numbers = [each.to_numpy(dtype=float) for each in (held, versus)]
    low, high = np.quantile(np.concatenate(numbers), (0.005, 0.995))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    shares = [np.histogram(np.clip(each, edges[0], edges[-1]), edges)[0] / len(each) for each in numbers]
    return {"edges": edges.tolist(), "held": shares[0].tolist(), "versus": shares[1].tolist()}


def _words(values: Mapping[str, str] | None) -> str:
    return " and ".join(f"{name} = {value}" for name, value in (values or {}).items())
