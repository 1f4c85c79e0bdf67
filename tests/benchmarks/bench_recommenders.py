"""Accuracy of every recommender on MovieLens 1M, trained and judged as a page would, with the time it took.

Targets: SASRec and LightGCN beat popularity; SASRec beats EASE. Published anchor of the temporal protocol (last target):
SASRec+ HR@10 0.1596, NDCG@10 0.0948 (Time to Split, 2025).

    python -m tests.benchmarks recommenders [minutes for each model, 1] [protocol, temporal] [models, sasrec lightgcn]
"""

import os
import sys
import tempfile
from pathlib import Path

from core.events.import_spec import ImportSpec
from core.jobs.work import run_here
from core.recommenders.train_spec import TrainSpec
from core.storage.workspace import Workspace

REPOSITORY = Path(__file__).resolve().parents[2]
COLUMNS = {"user_id": "UserID", "item_id": "MovieID", "timestamp": "Timestamp"}


def main() -> None:
    """Import once, train each model, print a line for each and the baselines."""
    arguments = sys.argv[1:]
    minutes, protocol = float(arguments[0]) if arguments else 1.0, (arguments[1:2] or ["temporal"])[0]
    data = Path(os.environ.get("WHYPATH_TEST_DATA") or REPOSITORY.parent / "shared" / "data")
    file = data / "movielens_1m" / "ratings.parquet"
    if not file.exists():
        print(f"skipped: {file} is not there")
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        imported = ImportSpec.read({"files": [str(file)], "name": "ml-1m", "mapping": COLUMNS})
        log_id = run_here(workspace, "import", imported.plain(), title="import")["log_id"]
        for model in arguments[2:] or ["sasrec", "lightgcn"]:
            settings = {"model": model, "protocol": protocol, "preset": "full", "max_minutes": minutes}
            spec = TrainSpec.read(settings).plain()
            show(run_here(workspace, "train", spec, title=model, log_id=log_id))


def show(result: dict) -> None:
    """One line for the model and one for each baseline."""
    print(
        f"{result['model']}, {result['protocol']}: {result['epochs']} epochs, best {result['best_epoch']}, "
        f"{result['seconds']:.0f} s, {result['sequences_per_second']:.0f} sequences per second, {result['threads']} threads"
    )
    for name, metrics in {result["model"]: result["metrics"], **result["baselines"]}.items():
        hr, ndcg = metrics["hr@10"], metrics["ndcg@10"]
        print(
            f"  {name:<11} HR@10 {hr['value']:.4f} [{hr['low']:.4f}, {hr['high']:.4f}]  "
            f"NDCG@10 {ndcg['value']:.4f} [{ndcg['low']:.4f}, {ndcg['high']:.4f}]"
        )


if __name__ == "__main__":
    main()
