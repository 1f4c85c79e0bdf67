"""How much memory a training takes, before it starts: a refusal now is better than a kill after an hour."""

from core.recommenders.settings import LightGCNSettings, SASRecSettings
from core.recommenders.train_spec import TrainSpec

FLOAT = 4
LIBRARIES = 700_000_000  # Torch, Lightning, PyG and the interpreter
WEIGHT_COPIES = 4  # weights, gradients, and the two averages of AdamW
SCORES = 200_000_000  # blocks of scores while ranking


def memory_bytes(spec: TrainSpec, *, users: int, items: int, events: int) -> int:
    """A rough upper estimate for a log of that size."""
    settings = spec.model_settings()
    needed = LIBRARIES + SCORES + events * 40
    if isinstance(settings, SASRecSettings):
        tokens = settings.batch_size * settings.history_length
        weights = (items + settings.history_length + 12 * settings.width * settings.layers) * settings.width
        activations = tokens * settings.width * (8 + 16 * settings.layers)
        return needed + FLOAT * (WEIGHT_COPIES * weights + activations)
    if isinstance(settings, LightGCNSettings):
        points = (users + items) * settings.width
        states = settings.batch_size * settings.width * 6
        return needed + FLOAT * (points * (WEIGHT_COPIES + 3 * settings.layers) + states) + 2 * events * 12
    return needed
