"""What is known of the steps of a recipe without running it: the accounts of the version at hand and of a preview."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.events.cleaning.recipe import Recipe

Account = Mapping[str, Any]


def known_accounts(recipe: Recipe, *told: Sequence[Account]) -> list[Account | None]:
    """One account per step, or None where it is not known: what a step did depends on every step before it, so the
    accounts of another recipe hold as far as both begin alike."""
    asked = [(key, step.enabled) for key, step in zip(recipe.keys(), recipe.steps, strict=True)]
    best: Sequence[Account] = ()
    for accounts in told:
        alike = 0
        for account, wanted in zip(accounts, asked, strict=False):
            if (account.get("key"), account.get("enabled")) != wanted:
                break
            alike += 1
        best = accounts[:alike] if alike > len(best) else best
    return [*best, *[None] * (len(asked) - len(best))]
