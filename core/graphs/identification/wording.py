"""How identification writes: lists of names, probabilities and sums as plain text."""

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def probability(what: str, given: Sequence[str] = ()) -> str:
    """P(what | given)."""
    return f"P({_conditional(what, given)})"


def summed(
    what: str,
    causes: Sequence[str],
    free: Sequence[str],
    selected: Sequence[str],
    *,
    given: Sequence[str] = (),
    mean: bool = False,
) -> str:
    """Σ_free P(what | causes, free) · P(free | given), all among the selected; mean: E[...] in the first place."""
    fixed = [f"{name}=1" for name in selected]
    inside = _conditional(what, [*causes, *free, *fixed])
    term = f"E[{inside}]" if mean else f"P({inside})"
    return f"Σ_({', '.join(free)}) {term} · {probability(', '.join(free), [*given, *fixed])}" if free else term


def _conditional(what: str, given: Sequence[str]) -> str:
    return f"{what} | {', '.join(given)}" if given else what
