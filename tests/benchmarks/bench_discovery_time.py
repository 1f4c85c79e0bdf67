"""Discovery over time: alarms with an expert graph, simulated brain series, and a Hawkes process of known influences.

    python -m tests.benchmarks discovery_time [--quick]

PCIC 2021 (34,838 alarms of 18 types) and the NeurIPS 2023 sample (30,691 of 59 types): our Hawkes process on the raw
events beside causal-learn's PC and GES on counts per device and ten minutes, F1 of directed edges (published for PCIC:
PC .43, GES .34, THP .58); a peer that does not end in three minutes is said so. NetSim: our Granger test, and BOSS, PC
and GES on the series taken as rows: F1 of the skeleton, because the direction of its file is in doubt and its steps are
longer than the delays. Simulated: ten types, about a million events; precision and recall 1.0 in about 1 s
(targets.md). --quick leaves out PC and GES on the NeurIPS alarms.
"""

import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.granger import search as granger
from core.graphs.discovery.hawkes import search as hawkes
from core.graphs.discovery.series import series_of_frame
from core.graphs.discovery.streams import streams_of_frame
from core.graphs.discovery.time_settings import GrangerSettings, HawkesSettings
from core.graphs.variables import variables_of_frame
from tests.benchmarks.discovery_methods import ours, theirs
from tests.graphs.discovery.event_streams import simulated_events
from tests.graphs.discovery.graph_distance import Pairs

DATA = Path(os.environ.get("WHYPATH_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
Edges = set[tuple[str, str]]
BUCKET_SECONDS = 600
LIMIT_SECONDS = 180  # of a peer on one set of alarms


def main(quick: bool) -> None:
    print(f"{'':26s}{'':28s}{'precision':>10s}{'recall':>10s}{'F1':>10s}{'SHD':>8s}{'CPU s':>9s}")
    for title, folder, (file, cause, effect) in (
        ("PCIC 2021, directed", "pcic2021_alarms_18V_55N_Wireless",
         ("dag_edges.parquet", "cause_alarm_id", "effect_alarm_id")),
        ("NeurIPS 2023, directed", "neurips2023_csl_sample", ("true_graph_nonzero.parquet", "row", "col")),
    ):  # fmt: skip
        alarms = pd.read_parquet(DATA / folder / "alarm.parquet")
        truth = {
            (str(one), str(other)) for one, other in pd.read_parquet(DATA / folder / file)[[cause, effect]].to_numpy()
        }
        _alarms(title, alarms, {pair for pair in truth if pair[0] != pair[1]}, quick)
    _netsim()
    _speed()


def _alarms(title: str, alarms: pd.DataFrame, truth: Edges, quick: bool) -> None:
    frame = pd.DataFrame({
        "user_id": alarms["device_id"], "kind": alarms["alarm_id"].astype(str),
        "timestamp_us": alarms["start_timestamp"].astype("int64") * 1_000_000,
    }).sort_values(["user_id", "timestamp_us"], kind="stable")  # fmt: skip
    names = tuple(sorted(frame["kind"].unique(), key=int))
    streams = streams_of_frame(frame, names, "UTC", title)
    hawkes(streams, HawkesSettings()).edges(Knowledge())  # compiles
    started = time.process_time()
    found = {(each.source, each.target) for each in hawkes(streams, HawkesSettings()).edges(Knowledge())}
    _row(title, "ours: hawkes", found, truth, time.process_time() - started)
    counts = (
        frame.assign(bucket=frame["timestamp_us"] // (BUCKET_SECONDS * 1_000_000)).pivot_table(
            index=["user_id", "bucket"], columns="kind", values="timestamp_us", aggfunc="count", fill_value=0
        )
    )[list(names)]
    values = np.log1p(counts.to_numpy(dtype=np.float64))
    for method in () if quick and len(names) > 30 else ("PC", "GES"):
        ended = _limited(method, values, list(names))
        if ended is None:
            print(f"{title:26s}causal-learn: {method:14s}did not end in {LIMIT_SECONDS} s", flush=True)
            continue
        pairs, took = ended
        directed = {way for way in pairs.values() if way is not None}
        directed |= {way for ends, way in pairs.items() if way is None for way in _both(ends)}
        _row(title, f"causal-learn: {method}", directed, truth, took)


def _limited(method: str, values: np.ndarray, names: list[str]) -> tuple[Pairs, float] | None:
    """What a method of causal-learn finds and its CPU seconds, in a process of its own; None if it runs too long."""
    with ProcessPoolExecutor(1) as pool:
        waiting = pool.submit(_measured, method, values, names)
        try:
            return waiting.result(timeout=LIMIT_SECONDS)
        except TimeoutError:
            for process in list(pool._processes.values()):
                process.kill()
            return None


def _measured(method: str, values: np.ndarray, names: list[str]) -> tuple[Pairs, float]:
    started = time.process_time()
    return theirs(method, values, names), time.process_time() - started


def _both(ends: Iterable[str]) -> Edges:
    one, other = sorted(ends)
    return {(one, other), (other, one)}


def _netsim() -> None:
    long = pd.read_parquet(DATA / "netsim_fmri" / "timeseries_long.parquet")
    edges = pd.read_parquet(DATA / "netsim_fmri" / "ground_truth_edges.parquet")
    found: dict[str, list[tuple[int, int, int]]] = {}
    spent: dict[str, float] = {}
    for sim, rows in long.groupby("sim"):
        wide = rows.pivot(index="t", columns="node", values="value")
        wide.columns = [str(name) for name in wide.columns]
        own = edges[(edges["sim"] == sim) & (edges["cause"] != edges["effect"])]
        truth = {frozenset(map(str, pair)) for pair in own[["cause", "effect"]].to_numpy()}
        if wide.shape[1] > 15:
            continue  # PC and GES of causal-learn take minutes on 50 series
        for method in ("ours: granger", "ours: boss", "causal-learn: PC", "causal-learn: GES"):
            started = time.process_time()
            if method == "ours: boss":
                pairs = set(ours("boss", variables_of_frame(wide, "netsim"), Knowledge()))
            elif method == "ours: granger":
                search = granger(series_of_frame(wide, "netsim"), GrangerSettings())
                pairs = {frozenset((each.source, each.target)) for each in search.edges(Knowledge())}
            else:
                pairs = set(theirs(method.split()[-1], wide.to_numpy(), list(wide.columns)))
            spent[method] = spent.get(method, 0) + time.process_time() - started
            found.setdefault(method, []).append((len(pairs & truth), len(pairs), len(truth)))
    for method, counts in found.items():
        hits, said, there = (sum(column) for column in zip(*counts, strict=True))
        _print(f"NetSim, skeletons of {len(counts)}", method, hits, said, there, spent[method])


def _speed() -> None:
    chance = np.random.default_rng(0)
    rates = {f"t{number}": 0.006 for number in range(10)}
    pairs = [(f"t{one}", f"t{other}") for one, other in chance.integers(0, 10, (20, 2))]
    effects = {pair: float(chance.uniform(0.05, 0.2)) for pair in pairs}
    events = simulated_events(users=11_000, hours=1008, rates=rates, effects=effects, seed=1)
    streams = streams_of_frame(events, tuple(rates), "UTC", "simulated")
    some = streams.first_users(1000)
    hawkes(some, HawkesSettings()).edges(Knowledge())  # compiles
    started = time.process_time()
    fitted = hawkes(streams, HawkesSettings())
    found = {(each.source, each.target) for each in fitted.edges(Knowledge())}
    took = time.process_time() - started
    truth = {pair for pair in effects if pair[0] != pair[1]}
    _row(f"Hawkes, {streams.rows:,} events", "ours: hawkes", found, truth, took)
    error = np.mean([
        abs(fitted.fit.influence[streams.names.index(one), streams.names.index(other)] - effects.get((one, other), 0.0))
        for one in rates for other in rates
    ])  # fmt: skip
    print(f"  mean error of the influences {error:.4f}; target about 1 s, ratio {took:.2f}")


def _row(title: str, method: str, found: Edges, truth: Edges, seconds: float) -> None:
    _print(title, method, len(found & truth), len(found), len(truth), seconds)


def _print(title: str, method: str, hits: int, said: int, there: int, seconds: float) -> None:
    precision, recall = hits / max(said, 1), hits / max(there, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    distance = (said - hits) + (there - hits)
    print(f"{title:26s}{method:28s}{precision:10.3f}{recall:10.3f}{f1:10.3f}{distance:8d}{seconds:9.2f}", flush=True)


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
