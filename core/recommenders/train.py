"""The procedure of a training run: interactions, split, model, baselines, the test opened once, lists for every user.

Everything is written into the run's folder: checkpoints while it trains, then weights, items, recommendations and the
result. Called again after a kill, it goes on from the last good checkpoint.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from core.errors import BadSpec
from core.recommenders import BASELINES, MODELS
from core.recommenders.evaluate import Scorer, allowed_scores, target_ranks, top
from core.recommenders.histories import Histories
from core.recommenders.interactions import Interactions, interactions
from core.recommenders.metrics import difference, gain, hit, summary
from core.recommenders.settings import PopularitySettings
from core.recommenders.size import memory_bytes
from core.recommenders.split import Split, Training, describe, split, training
from core.recommenders.stored import MOST, keep_items, keep_recommendations
from core.recommenders.train_spec import TrainSpec
from core.recommenders.training import Progress, Reports, Task, fit, low_precision_pays, on_gpu
from core.storage.engine import open_log
from core.storage.machine import available_memory_bytes, free_threads
from core.storage.runs import Run

MOST_VALIDATED = 2_000  # users that a validation looks at
WEIGHTS = "weights.pt"


@dataclass(frozen=True)
class Prepared:
    """A log made ready for one spec."""

    spec: TrainSpec
    data: Interactions
    parts: Split
    learned: Training

    def ranks(self, scorer: Scorer, rows: np.ndarray) -> np.ndarray:
        """The rank of the item of each row, see `target_ranks`."""
        return target_ranks(
            scorer, self.data, rows, item_events=self.learned.item_events, seen_filtered=self.spec.seen_filtered
        )

    def validate(self, scorer: Scorer) -> dict[str, float]:
        """Metrics on (at most MOST_VALIDATED of) the validation users."""
        rows = self.parts.validation_rows
        if len(rows) > MOST_VALIDATED:
            rows = np.sort(np.random.default_rng(self.spec.seed).choice(rows, MOST_VALIDATED, replace=False))
        rank = self.ranks(scorer, rows)
        return {"hr@10": float(hit(rank).mean()), "ndcg@10": float(gain(rank).mean())}


def work(run: Run) -> dict[str, Any]:
    """Carry out a training run and return its result, JSON-ready. Raises BadInput for what cannot be trained on."""
    began = time.monotonic()
    spec = TrainSpec.read(run.spec)
    threads = spec.threads or free_threads()
    torch.set_num_threads(threads)
    run.progress(0.0, "reading the log")
    ready, log_id, version_id = prepare(run, spec)
    scorer, story = trained(run, ready)
    run.progress(0.82, "judging the baselines")
    ranks, notes = _test(run, ready, scorer)
    run.progress(0.92, "writing everybody's recommendations")
    _keep_lists(run, ready, scorer)
    seed = spec.seed
    own = ranks.pop(spec.model)
    return {
        "run_id": run.run_id,
        "log_id": log_id,
        "version_id": version_id,
        "spec": spec.plain(),
        "settings": spec.model_settings().plain(),
        "model": spec.model,
        "protocol": spec.protocol,
        "split": describe(ready.data, ready.parts, ready.learned.item_events),
        "metrics": summary(own, seed=seed),
        "baselines": {name: summary(rank, seed=seed) for name, rank in ranks.items()},
        "comparison": {name: difference(own, rank, seed=seed) for name, rank in ranks.items()},
        "population": f"{len(own):,} users, one target each, the whole catalogue of {ready.data.items:,} items ranked",
        **story,
        "total_seconds": time.monotonic() - began,
        "device": "gpu" if on_gpu() else "cpu",
        "threads": threads,
        "seed": seed,
        "notes": [*_notes(ready), *notes],
    }


def prepare(run: Run, spec: TrainSpec) -> tuple[Prepared, str, str]:
    """Read the pinned log and split it; raises NotEnoughData, or BadSpec when the memory would not do."""
    log = open_log(run.workspace, cast(str, run.log_id), run.version_id)
    try:
        data = interactions(log, spec)
    finally:
        log.close()
    needed = memory_bytes(spec, users=data.users, items=data.items, events=len(data))
    if needed > (free := available_memory_bytes()):
        raise BadSpec(
            f"This training needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; choose a smaller width "
            "or batch_size, or raise min_item_events."
        )
    parts = split(data, spec)
    return Prepared(spec, data, parts, training(data, parts)), log.log_id, log.version_id


def trained(run: Run, ready: Prepared) -> tuple[Scorer, dict[str, Any]]:
    """The trained scorer and the story of its training: epochs, seconds, sequences per second, why it stopped."""
    spec = ready.spec
    schedule = spec.schedule()
    if schedule is None:
        began = time.monotonic()
        scorer = baseline(ready, spec.model)
        return scorer, {"epochs": 0, "best_epoch": 0, "seconds": time.monotonic() - began, "sequences_per_second": None,
                        "stopped": "solved in one step"}  # fmt: skip
    network, batches = untrained(ready)
    scorer = scorer_of(network)
    reports = Reports(
        validate=lambda: ready.validate(scorer),
        progress=lambda share, message: run.progress(0.05 + 0.75 * share, message),
        metric=run.metric,
    )
    rate = cast(Any, spec.model_settings()).learning_rate
    task = Task(network, batches, schedule, reports, learning_rate=rate, seed=spec.seed, folder=run.checkpoint)
    position = fit(task)
    network.to("cpu")
    torch.save(network.state_dict(), run.folder / WEIGHTS)
    return scorer, _story(position, task.chunks_per_epoch)


def untrained(ready: Prepared) -> tuple[torch.nn.Module, Any]:
    """The network of the spec before training, reproducible by its seed, and its batches."""
    with torch.random.fork_rng():
        torch.manual_seed(ready.spec.seed)
        build = MODELS[ready.spec.model].load()
        network, batches = build(ready.spec.model_settings(), ready.learned, low_precision_pays())
    return network, batches


def scorer_of(network: torch.nn.Module) -> Scorer:
    """The network as a function from histories to scores."""

    def score(histories: Histories) -> np.ndarray:
        with torch.inference_mode():
            found: np.ndarray = network.score(histories).float().cpu().numpy()  # type: ignore[operator]
            return found

    return score


def baseline(ready: Prepared, name: str) -> Scorer:
    """A fitted baseline; raises BadSpec where it refuses the catalogue."""
    default = BASELINES[name].spec or PopularitySettings
    settings = ready.spec.model_settings() if name == ready.spec.model else default()

    def validate(scorer: Scorer) -> float:
        return ready.validate(scorer)["ndcg@10"]

    scorer: Scorer = BASELINES[name].load()(ready.learned, settings, validate)
    return scorer


def _test(run: Run, ready: Prepared, scorer: Scorer) -> tuple[dict[str, np.ndarray], list[str]]:
    """Ranks of the test targets by the model and each baseline, and why a baseline is missing."""
    rows = ready.parts.test_rows
    found, notes = {ready.spec.model: ready.ranks(scorer, rows)}, []
    for name in BASELINES:
        if name == ready.spec.model:
            continue
        try:
            found[name] = ready.ranks(baseline(ready, name), rows)
        except BadSpec as refusal:
            notes.append(str(refusal))
        run.progress(0.9, f"judged {name}")
    return found, notes


def _keep_lists(run: Run, ready: Prepared, scorer: Scorer) -> None:
    keep_items(run.folder, ready.data, ready.learned.item_events)
    everybody = np.arange(ready.data.users)
    keep_recommendations(run.folder, ready.data.user_ids, lists(ready, scorer, everybody, MOST, run.progress))


def lists(
    ready: Prepared, scorer: Scorer, users: np.ndarray, k: int, progress: Callable[[float, str], None] | None = None
) -> list[dict[str, Any]]:
    """{items, scores, popular} for each user: the best k items after their whole history, and the most popular k."""
    counts = ready.learned.item_events
    found: list[dict[str, Any]] = []
    for part, scores in allowed_scores(
        scorer, ready.data.whole_histories(users), item_events=counts, seen_filtered=ready.spec.seen_filtered
    ):
        items, best = top(scores, k)
        popular, left = top(np.where(np.isfinite(scores), counts.astype(np.float32), -np.inf), k)
        found += [
            {"items": items[row][np.isfinite(best[row])], "scores": best[row][np.isfinite(best[row])],
             "popular": popular[row][np.isfinite(left[row])]}
            for row in range(len(items))
        ]  # fmt: skip
        if progress:
            progress(0.92 + 0.07 * part.stop / len(users), f"lists for {part.stop:,} of {len(users):,} users")
    return found


def _story(position: Progress, chunks_per_epoch: int) -> dict[str, Any]:
    return {
        "epochs": -(-position.chunks // chunks_per_epoch),
        "best_epoch": position.best_epoch,
        "validation": {"ndcg@10": position.best_ndcg},
        "seconds": position.seconds,
        "sequences_per_second": position.examples / max(position.seconds, 1e-9),
        "stopped": position.stopped,
    }


def _notes(ready: Prepared) -> list[str]:
    """What a reader of the numbers must know."""
    data, spec = ready.data, ready.spec
    notes = [
        "Ties in score count against the model; intervals are 95 % bootstrap intervals over users and do not include "
        "the luck of the seed."
    ]
    if spec.protocol == "temporal":
        notes.append(
            "The model learned from events before the validation cutoff alone; items that appear later are misses."
        )
    else:
        notes.append("Leave-one-out trains on other users' events from after the test, which flatters a model.")
    if spec.seen_filtered:
        notes.append("Items of a history are not recommended; a target is a user's last item that was new to them.")
    if data.itemless_events:
        notes.append(f"{data.itemless_events:,} events name no item and were left out.")
    if data.repeated_events:
        notes.append(f"{data.repeated_events:,} events repeat the item right before them and were counted once.")
    if data.rare_events:
        notes.append(
            f"{data.rare_events:,} events were left out: users need {spec.min_user_events} events and items "
            f"{spec.min_item_events}."
        )
    return notes
