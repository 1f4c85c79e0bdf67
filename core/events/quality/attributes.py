"""Attributes that cannot tell users or events apart, or tell every one apart."""

from core.events.quality.finding import Finding, passed, percent, unjudged
from core.events.quality.subject import EXAMPLES, Subject
from core.storage.engine import quoted

ID_SHARE = 0.9  # distinct values per filled row from which text reads as an id
FEW_EVENTS = 100


def dull_attributes(subject: Subject) -> Finding:
    """Fails if an attribute has one value only, or is text with a value of its own in nearly every row; share: of the
    attributes. Distinct values are counted approximately, which is enough for either."""
    names = list(subject.attributes)
    if not names or subject.events < FEW_EVENTS:
        reason = f"{subject.events} events are too few." if names else "The log has no attributes."
        return unjudged(reason, unit="attributes")
    counts = ", ".join(
        f"count({quoted(name)}) AS filled{place}, approx_count_distinct({quoted(name)}) AS kinds{place}, "
        f"CAST(min({quoted(name)}) AS VARCHAR) = CAST(max({quoted(name)}) AS VARCHAR) AS one{place}"
        for place, name in enumerate(names)
    )
    row = subject.row(f"SELECT {counts} FROM events")
    dull = []
    for place, name in enumerate(names):
        filled, kinds = int(row[f"filled{place}"]), int(row[f"kinds{place}"])
        if not filled or bool(row[f"one{place}"]):
            dull.append({"attribute": name, "why": "one value" if filled else "always empty", "filled": filled})
        elif subject.attributes[name] == "text" and filled >= FEW_EVENTS and kinds > ID_SHARE * filled:
            dull.append({"attribute": name, "why": "a value of its own per row", "filled": filled})
    if not dull:
        return passed(f"Each of {len(names)} attributes varies, and none is an id.", unit="attributes")
    share = len(dull) / len(names)
    listed = ", ".join(f"{entry['attribute']} ({entry['why']})" for entry in dull[:8])
    more = f" and {len(dull) - 8} more" if len(dull) > 8 else ""
    return Finding(
        False,
        f"{len(dull)} of {len(names)} attributes ({percent(share)}): {listed}{more}. Leave them out of covariates and "
        "filters; the log itself needs no step.",
        "info",
        len(dull),
        share,
        "attributes",
        tuple(dull[:EXAMPLES]),
    )
