"""ASIA and ALARM: the method that is chosen without being asked finds the published networks in 5,000 rows."""

from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from core.graphs.discovery import DISCOVERERS
from core.graphs.discovery.choose import choose_method
from core.graphs.discovery.contract import Knowledge
from core.graphs.variables import variables_of_frame
from tests.graphs.discovery.graph_distance import distance, pairs_of


@pytest.mark.needs_data
@pytest.mark.parametrize(("name", "least"), [("asia", 0.93), ("child", 0.97), ("alarm", 0.95)])
def test_a_published_network_is_found(real_data: Path, name: str, least: float) -> None:
    folder = real_data / "bnlearn_samples"
    table = variables_of_frame(pd.read_parquet(folder / f"{name}.parquet").head(5000), "simulated patients")
    graph = nx.DiGraph(list(pd.read_parquet(folder / f"{name}_edges.parquet").itertuples(index=False, name=None)))
    chosen = choose_method(table, None, hidden=False)
    discoverer = DISCOVERERS[chosen.method]
    assert discoverer.spec is not None and "every variable is a category" in chosen.reason
    found = distance(pairs_of(discoverer.load()(table, discoverer.spec.read({})).edges(Knowledge())), graph)
    assert found.f1 >= least and found.direction_precision >= 0.95
