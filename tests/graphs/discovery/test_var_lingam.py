"""VAR-LiNGAM tells edges within a step from edges over time, and refuses normal noise."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadSpec
from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.series import series_of_frame
from core.graphs.discovery.time_settings import GrangerSettings
from core.graphs.discovery.var_lingam import search


def planted(noise: np.ndarray) -> pd.DataFrame:
    """Within a step a → b; over one step b → c and a → a."""
    values = np.zeros_like(noise)
    for now in range(1, len(noise)):
        values[now, 0] = 0.4 * values[now - 1, 0] + noise[now, 0]
        values[now, 1] = 0.7 * values[now, 0] + noise[now, 1]
        values[now, 2] = 0.5 * values[now - 1, 1] + noise[now, 2]
    return pd.DataFrame(values, columns=["a", "b", "c"])


@pytest.mark.parametrize("seed", range(5))
def test_both_kinds_of_edges_are_found(seed: int) -> None:
    noise = np.random.default_rng(seed).exponential(size=(2000, 3)) - 1
    made = search(series_of_frame(planted(noise), "planted"), GrangerSettings())
    found = {(each.source, each.target, each.kind) for each in made.edges(Knowledge())}
    assert {("a", "b", "directed"), ("b", "c", "precedes")} <= found
    assert ("b", "a", "directed") not in found and ("b", "c", "directed") not in found
    drawn = {(each.source, each.target, each.kind) for each in made.drawn(1).edges(Knowledge())}
    assert ("a", "b", "directed") in drawn


def test_normal_noise_is_refused() -> None:
    noise = np.random.default_rng(1).normal(size=(2000, 3))
    with pytest.raises(BadSpec, match="look normal"):
        search(series_of_frame(planted(noise), "planted"), GrangerSettings())
