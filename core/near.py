"""Names near a mistyped one, for messages."""

from collections.abc import Sequence
from difflib import get_close_matches


def near(name: str, known: Sequence[str], at_most: int = 12, those: str = "choose one of") -> str:
    """A clause: did you mean ..., or which there are, after the words `those`."""
    lower = {each.lower(): each for each in known}
    found = [lower[each] for each in get_close_matches(name.lower()[:80], list(lower), n=3, cutoff=0.6)]
    if found:
        return f"did you mean {' or '.join(found)}"
    shown = ", ".join(known[:at_most])
    return f"{those} {shown}" + (f" and {len(known) - at_most} more" if len(known) > at_most else "")
