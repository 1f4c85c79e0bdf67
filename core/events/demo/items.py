"""The items of the demo log, and which one a visitor looks at next.

360 invented things for the home in twelve categories. A visitor has taste (three favourite categories) and follows
threads: after one item often comes one of its four successors, mostly of the same category. So a model that knows the
user beats popularity, and one that knows the order beats both.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

# category: what it is made of or looks like, what it is, the middle price
CATALOGUE: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], float]]] = {
    "lighting": (
        ("Walnut", "Brass", "Linen", "Opal glass", "Paper"),
        ("desk lamp", "floor lamp", "pendant light", "wall light", "night light", "lantern"),
        65.0,
    ),
    "kitchen": (
        ("Enamel", "Copper", "Cast-iron", "Olive wood", "Stoneware"),
        ("saucepan", "mixing bowl", "spice rack", "bread box", "kettle", "chopping board"),
        38.0,
    ),
    "table": (
        ("Speckled", "Cobalt", "Ivory", "Fluted", "Rustic"),
        ("dinner plate", "soup bowl", "mug", "carafe", "serving dish", "egg cup"),
        16.0,
    ),
    "bed": (
        ("Washed linen", "Percale", "Flannel", "Bamboo", "Quilted"),
        ("duvet cover", "pillowcase", "fitted sheet", "bedspread", "throw", "mattress pad"),
        54.0,
    ),
    "bath": (
        ("Waffle", "Terry", "Cork", "Striped", "Organic cotton"),
        ("bath towel", "bath mat", "robe", "shower curtain", "laundry bag", "soap dish"),
        24.0,
    ),
    "garden": (
        ("Terracotta", "Galvanised", "Cedar", "Woven", "Slate"),
        ("planter", "watering can", "bird feeder", "hanging basket", "trellis", "seed tray"),
        29.0,
    ),
    "storage": (
        ("Rattan", "Felt", "Birch", "Canvas", "Wire"),
        ("basket", "drawer organiser", "coat rack", "toy chest", "magazine holder", "shelf box"),
        33.0,
    ),
    "textiles": (
        ("Merino", "Velvet", "Jute", "Patchwork", "Bouclé"),
        ("cushion", "blanket", "rug", "curtain", "table runner", "pouf"),
        47.0,
    ),
    "desk": (
        ("Leather", "Recycled", "Oak", "Marbled", "Aluminium"),
        ("notebook", "pen tray", "monitor stand", "desk pad", "paper tray", "bookend"),
        22.0,
    ),
    "decor": (
        ("Hammered", "Smoked glass", "Plaster", "Gilded", "Driftwood"),
        ("vase", "mirror", "candle holder", "wall clock", "picture frame", "bowl"),
        31.0,
    ),
    "children": (
        ("Wooden", "Knitted", "Rainbow", "Moon", "Forest"),
        ("stacking toy", "play mat", "puzzle", "mobile", "step stool", "growth chart"),
        27.0,
    ),
    "coffee": (
        ("Ceramic", "Steel", "Double-wall", "Hand-blown", "Travel"),
        ("dripper", "coffee grinder", "espresso cup", "milk jug", "coffee canister", "French press"),
        35.0,
    ),
}
SUCCESSORS: Final = 4
SUCCESSOR_SHARES: Final = (0.45, 0.27, 0.18, 0.10)
SAME_CATEGORY_SHARE: Final = 0.85  # of the successors of an item
FOLLOW_SHARE: Final = 0.55  # how often the next item is a successor of the one before
TASTE_SHARES: Final = (0.50, 0.25, 0.13)  # of the favourite categories; the rest is any category
NO_ITEM: Final = -1


@dataclass(frozen=True)
class Items:
    """Arrays of length N by item number; `popularity` (N,) sums to 1 within a category; `successors` (N, 4)."""

    titles: np.ndarray
    categories: np.ndarray
    category_names: tuple[str, ...]
    prices: np.ndarray
    popularity: np.ndarray
    successors: np.ndarray


def draw_items(rng: np.random.Generator) -> Items:
    """The catalogue with prices, popularity (Zipf within a category) and successors."""
    names = tuple(CATALOGUE)
    titles = [f"{look} {thing}" for looks, things, _ in CATALOGUE.values() for thing in things for look in looks]
    size = len(titles) // len(names)
    categories = np.repeat(np.arange(len(names)), size)
    middles = np.repeat([middle for _, _, middle in CATALOGUE.values()], size)
    prices = np.maximum(np.round(middles * rng.lognormal(0.0, 0.35, len(titles))) - 0.05, 1.95)
    weights = 1.0 / np.arange(2, size + 2) ** 0.8
    popularity = np.concatenate([rng.permutation(weights / weights.sum()) for _ in names])
    near = categories[:, None] * size + rng.integers(0, size, (len(titles), SUCCESSORS))
    far = rng.integers(0, len(titles), (len(titles), SUCCESSORS))
    successors = np.where(rng.random(near.shape) < SAME_CATEGORY_SHARE, near, far)
    return Items(np.array(titles), categories, names, prices, popularity, successors)


def draw_tastes(users: int, items: Items, rng: np.random.Generator) -> np.ndarray:
    """(users, 3) favourite categories, the strongest first, no two the same."""
    return np.argsort(rng.random((users, len(items.category_names))), axis=1)[:, : len(TASTE_SHARES)]


def choose_items(viewed: np.ndarray, tastes: np.ndarray, items: Items, rng: np.random.Generator) -> np.ndarray:
    """(S, slots) item numbers where `viewed` (S, slots), else NO_ITEM; tastes (S, 3) of each session's user."""
    chosen = np.full(viewed.shape, NO_ITEM)
    before = np.full(len(viewed), NO_ITEM)
    for slot in range(viewed.shape[1]):
        rank = rng.choice(SUCCESSORS, size=len(viewed), p=SUCCESSOR_SHARES)
        following = (before != NO_ITEM) & (rng.random(len(viewed)) < FOLLOW_SHARE)
        fresh = _fresh_items(tastes, items, rng)
        item = np.where(following, items.successors[before, rank], fresh)
        chosen[:, slot] = np.where(viewed[:, slot], item, NO_ITEM)
        before = np.where(viewed[:, slot], item, before)
    return chosen


def _fresh_items(tastes: np.ndarray, items: Items, rng: np.random.Generator) -> np.ndarray:
    """An item of a favourite category (any category for the rest of the probability), by popularity within it."""
    sessions, categories = len(tastes), len(items.category_names)
    favourite = np.searchsorted(np.cumsum(TASTE_SHARES), rng.random(sessions))
    anywhere = rng.integers(0, categories, sessions)
    known = np.minimum(favourite, len(TASTE_SHARES) - 1)
    category = np.where(favourite < len(TASTE_SHARES), tastes[np.arange(sessions), known], anywhere)
    size = len(items.titles) // categories
    cumulated = np.cumsum(items.popularity.reshape(categories, size), axis=1)
    place = (rng.random(sessions)[:, None] > cumulated[category]).sum(axis=1)
    fresh: np.ndarray = category * size + np.minimum(place, size - 1)
    return fresh
