"""A table of rules that say in the covariates' own units who some of the units are."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import controls


def show_rules(rules: Sequence[Mapping[str, Any]], *, titles: tuple[str, str, str], name: str, alt: str) -> None:
    """titles: of what a rule says, of the side of the propensity, and of the share of its units that are meant."""
    says, side, meant = titles
    rows = [
        {
            says: rule["says"],
            side: rule["side"],
            "units": rule["units"],
            "treated": f"{100 * rule['treated_share']:.0f} %",
            meant: f"{100 * rule['marked_share']:.0f} %",
        }
        for rule in rules
    ]
    columns = {says: st.column_config.TextColumn(width="large")}
    controls.table(pd.DataFrame(rows), name=name, alt=alt, columns=columns, counted="units")
