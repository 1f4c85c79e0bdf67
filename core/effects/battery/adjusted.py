"""What null pairs are adjusted for: the covariate groups of the study's own table, the order of events among them."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from core.effects.covariates import Column
from core.effects.designs.windows import Windows
from core.effects.groups import EVENT_ORDER, CovariateGroup, covariate_groups
from core.effects.history_state.states import HistoryStates
from core.storage.engine import Log


@dataclass(frozen=True)
class Adjusted:
    """groups: made from the history's counts and attributes; states: what tells the order of events, if it is one."""

    groups: list[CovariateGroup]
    states: HistoryStates | None = None

    @property
    def names(self) -> set[str]:
        """The names of all groups."""
        return {group.name for group in self.groups} | ({EVENT_ORDER} if self.states else set())

    def states_at(self, log: Log, offsets: Windows) -> Callable[[pd.DataFrame], list[Column]] | None:
        """What gives the states of the histories of trials, told `trial_user_id, time_zero_us`."""
        states = self.states
        return None if states is None else lambda frame: states.columns(log, frame, offsets)


def adjusted(log: Log, names: set[str], states: HistoryStates | None) -> Adjusted:
    """The groups of these names."""
    groups = [group for group in covariate_groups(log.manifest) if group.name in names]
    return Adjusted(groups, states if EVENT_ORDER in names else None)
