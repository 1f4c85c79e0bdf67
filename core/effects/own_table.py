"""A ready table as an analysis table: the analyst made the units, here only columns are read and gaps are counted.

Covariates must have been measured before the treatment; nothing in a table can prove that, so it is said.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from core.effects.covariates import Column
from core.effects.own_columns import (
    Roles,
    check_roles,
    covariate_columns,
    default_covariates,
    is_id,
    numbers,
    refuse_narrow,
    role_columns,
)
from core.effects.own_copies import same_numbers, says
from core.effects.own_numbers import numbers_from_text
from core.effects.own_treatment import read_treatment
from core.effects.table import (
    CLUSTER,
    EVENT_DAYS,
    FOLLOWED_DAYS,
    OUTCOME,
    TREATMENT,
    UNIT_ID,
    WEIGHT,
    AnalysisTable,
    AttritionStep,
)
from core.errors import BadSpec, NotEnoughData

NO_ROLES: Final = Roles()


def own_table(
    frame: pd.DataFrame,
    *,
    treatment: str,
    outcome: str,
    covariates: Sequence[str] | None = None,
    also: Sequence[str] = (),
    cluster: str | None = None,
    roles: Roles = NO_ROLES,
    called: str = "outcome",
) -> AnalysisTable:
    """The analysis table of a ready table with one row per unit.

    covariates: by default every column that is no id (`id`, `*_id`), is no time and plays no other role.
    also: names that a causal graph has; where they are columns without another role they are covariates, too, whatever
    they are called, and `without_columns` names those that nothing can be read from. Rows without a value in a column
    that the analysis needs are left out and counted, as are copies of whole rows where the table has an id.
    called: what the outcome is to the analyst, for refusals.
    Raises BadSpec for columns that are not there or not of that kind, NotEnoughData for too few rows.
    """
    columns = [str(column) for column in frame.columns]
    needed = {"treatment": [treatment], called: [outcome], **roles.needed()}
    controls = [roles.negative_control] if roles.negative_control else []
    named = {**needed, "negative control": controls, "covariate": list(covariates or ())}
    check_roles(columns, named)
    check_roles(columns, {"cluster": [cluster] if cluster else []})
    played = {name for names in named.values() for name in names}
    taken = {*played, *([cluster] if cluster else [])}
    drawn = [name for name in also if name in columns and name not in played]
    asked = default_covariates(columns, taken) if covariates is None else covariates
    used = list(dict.fromkeys([*asked, *drawn]))
    ids = () if covariates is not None else _ids(columns, taken | set(used))
    measures = [outcome, *(each for each in (roles.follow_up, roles.weights, roles.running) if each)]
    frame, from_text = numbers_from_text(
        frame, measured=[*measures, *([treatment] if roles.dose else [])], covariates=[*used, *roles.covariates()]
    )
    complete, attrition = _complete(frame, list(dict.fromkeys(name for names in needed.values() for name in names)))
    given = read_treatment(
        complete[treatment], treatment, control=roles.control, dose=roles.dose, rows=attrition[0].units
    )
    measured = numbers(complete, outcome, called)
    refuse_narrow(measured, outcome, called)
    again = [name for name in used if says(complete[name], measured)]
    read = [name for name in used if name not in again]
    made, notes, unread = covariate_columns(complete, read, {*(covariates or ()), *drawn})
    _refuse_copies(complete, roles, (treatment, given.values), (outcome, measured))
    instrument_columns = role_columns(complete, roles.instruments, "instrument")
    mediator_columns = role_columns(complete, roles.mediators, "mediator")
    running_column = _running(complete, roles.running, roles.cutoff or 0.0) if roles.running else None
    units = np.arange(len(complete))
    followed: dict[str, np.ndarray] = (
        {} if roles.follow_up is None else _followed(complete, roles.follow_up, measured, outcome)
    )
    besides = [*made, *instrument_columns, *mediator_columns, *([running_column] if running_column else [])]
    table = pd.DataFrame(
        {
            UNIT_ID: units,
            CLUSTER: units if cluster is None else _clusters(complete[cluster]),
            TREATMENT: given.values,
            OUTCOME: measured,
            **({WEIGHT: _weights(complete, roles.weights)} if roles.weights else {}),
            **followed,
            **{column.covariate.name: column.values for column in besides},
        }
    )
    return AnalysisTable(
        frame=table,
        covariates=tuple(column.covariate for column in made),
        treatment_title=treatment,
        outcome_title=outcome,
        outcome_unit="share" if set(np.unique(measured)) <= {0.0, 1.0} else outcome,
        population="all rows of the table",
        attrition=attrition,
        notes=(
            given.said,
            *from_text,
            *notes,
            *_repeated_ids(complete, cluster),
            *_lone_clusters(complete, cluster),
            *ids,
            *_outcomes(again, outcome),
        ),
        treatment_kind=given.kind,
        arms=given.arms,
        instruments=tuple(column.covariate for column in instrument_columns),
        mediators=tuple(column.covariate for column in mediator_columns),
        running=running_column.covariate if running_column else None,
        cutoff=roles.cutoff,
        window_days=_window(followed, given.values) if followed else None,
        without_columns=(*unread, *again),
    )


def _complete(frame: pd.DataFrame, needed: list[str]) -> tuple[pd.DataFrame, tuple[AttritionStep, ...]]:
    """The rows with a value in every needed column, and how many were left after each; copies of whole rows once.

    Where no id tells rows apart, equal rows are different units that happen to be equal.
    """
    steps = [AttritionStep("rows of the table", len(frame))]
    if _identifying(frame):
        once = frame[~frame.astype(str).duplicated()]
        if len(once) < len(frame):
            steps.append(AttritionStep("without copies of whole rows", len(once)))
        frame = once
    known = np.ones(len(frame), dtype=bool)
    for name in needed:
        known &= frame[name].notna().to_numpy()
        steps.append(AttritionStep(f"with a value of {name}", int(known.sum())))
    if not len(frame):
        raise NotEnoughData("The table has a header and no rows; a study needs some.")
    if not known.any():
        all_of = " and ".join(f"'{name}'" for name in needed)
        has = "both" if len(needed) == 2 else "all of"
        raise NotEnoughData(f"None of the {len(frame):,} rows has {has} {all_of}; a study needs some.")
    return frame[known].reset_index(drop=True), tuple(steps)


def _followed(frame: pd.DataFrame, name: str, outcome: np.ndarray, title: str) -> dict[str, np.ndarray]:
    days = numbers(frame, name, "column of follow-up days")
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise BadSpec(f"With follow-up days the outcome '{title}' must be 1 (it came) or 0 (nobody looked any longer).")
    if (days < 0).any():
        raise BadSpec(
            f"'{name}' is negative in {(days < 0).sum():,} rows, but counts days since time zero; correct it."
        )
    if days.max(initial=0.0) == 0:
        raise BadSpec(f"'{name}' is 0 in every row, so nobody was followed; name the column of days since time zero.")
    return {EVENT_DAYS: np.where(outcome == 1, days, np.nan), FOLLOWED_DAYS: days}


def _window(followed: dict[str, np.ndarray], arms: np.ndarray) -> float:
    """The longest time for which every arm (values of the treatment; an amount is one arm) was followed."""
    days = followed[FOLLOWED_DAYS]
    levels = np.unique(arms)
    parts = [days[arms == level] for level in levels] if len(levels) <= 12 else [days]
    return float(min(part.max() for part in parts))


def _weights(frame: pd.DataFrame, name: str) -> np.ndarray:
    read = numbers(frame, name, "weight")
    if (read <= 0).any():
        raise BadSpec(
            f"The weight '{name}' is 0 or less in {(read <= 0).sum():,} rows; each row must stand for some unit."
        )
    return read


def _running(frame: pd.DataFrame, name: str, cutoff: float) -> Column:
    read = numbers(frame, name, "running column")
    above = int((read >= cutoff).sum())
    if min(above, len(read) - above) < 2:
        raise BadSpec(
            f"'{name}' goes from {read.min():g} to {read.max():g}, so hardly any row is on one side of the cutoff "
            f"{cutoff:g}; name another."
        )
    column = role_columns(frame, [name], "running column")[0]
    return Column(column.covariate, read)


def _clusters(values: pd.Series) -> Any:
    """Text codes; a row without one is a cluster of its own."""
    codes = values.astype(str)
    return codes.where(values.notna(), [f"row {place}, alone" for place in range(len(values))])


def _refuse_copies(
    frame: pd.DataFrame, roles: Roles, treatment: tuple[str, np.ndarray], outcome: tuple[str, np.ndarray]
) -> None:
    """Refuse an instrument or a mediator that is the treatment or the outcome itself, each a name and values (n,)."""
    for role, names in (("instrument", roles.instruments), ("mediator", roles.mediators)):
        for name in names:
            if says(frame[name], outcome[1]):
                raise BadSpec(f"The {role} '{name}' says the outcome '{outcome[0]}' exactly; name another.")
            if same_numbers(pd.Series(pd.factorize(frame[name])[0]), treatment[1]) or same_numbers(
                frame[name], treatment[1]
            ):
                raise BadSpec(f"The {role} '{name}' says the treatment '{treatment[0]}' exactly; name another.")


def _outcomes(names: Sequence[str], outcome: str) -> tuple[str, ...]:
    return (f"Not a covariate, because it says {outcome} exactly: {', '.join(names)}.",) if names else ()


def _ids(columns: Sequence[str], taken: set[str]) -> tuple[str, ...]:
    names = [name for name in columns if is_id(name) and name not in taken]
    said = f"Not a covariate, because the name is that of an id: {', '.join(names)}."
    return (f"{said} One that is a cause, such as a region, is one where it is named.",) if names else ()


def _lone_clusters(frame: pd.DataFrame, cluster: str | None) -> tuple[str, ...]:
    missing = int(frame[cluster].isna().sum()) if cluster else 0
    return (f"{missing:,} rows have no {cluster}; each counts as a cluster of its own.",) if missing else ()


def _repeated_ids(frame: pd.DataFrame, cluster: str | None) -> tuple[str, ...]:
    """A sentence for the id that tells the most rows apart, where some of them share one."""
    ids = [str(column) for column in frame.columns if is_id(str(column))] if cluster is None else []
    for name in sorted(ids, key=lambda name: -frame[name].nunique())[:1]:
        distinct = frame[name].nunique()
        if 1 < distinct < frame[name].notna().sum():
            return (
                f"'{name}' repeats: {distinct:,} of them in {len(frame):,} rows. If rows of one belong together, name "
                "it as the cluster, or the interval is too narrow.",
            )
    return ()


def _identifying(frame: pd.DataFrame) -> list[str]:
    """The ids that most rows have for themselves."""
    names = [str(column) for column in frame.columns if is_id(str(column))]
    return [name for name in names if frame[name].nunique() > len(frame) / 2]
