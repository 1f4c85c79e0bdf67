"""Diversity: how many different items and types, and how evenly the events spread over them."""

import ibis.expr.types as ir

from core.events.features.feature import Feature, entropy
from core.events.features.subject import Subject


def diversity(subject: Subject) -> list[Feature]:
    """Distinct items and types, and the entropy of each in bits: 0 for one only, 1 for two equally often."""
    made = []
    if subject.has_items:
        made += [
            subject.feature(
                "items", "Distinct items", "Number of different items", "items",
                lambda rows: rows.item_id.nunique(), empty=0,
            ),
            subject.feature(
                "item_entropy", "Entropy of items", "Entropy of the items' shares of the events that name one", "bits",
                lambda rows: _entropy_if_any(rows.item_id),
            ),
        ]  # fmt: skip
    if subject.has_types:
        made += [
            subject.feature(
                "types", "Distinct event types", "Number of different event types", "types",
                lambda rows: rows.event_type.nunique(), empty=0,
            ),
            subject.feature(
                "type_entropy", "Entropy of event types", "Entropy of the event types' shares of the events", "bits",
                lambda rows: _entropy_if_any(rows.event_type),
            ),
        ]  # fmt: skip
    return made


def _entropy_if_any(column: ir.Value) -> ir.Value:
    """Null, not 0, where the column has no value."""
    return (column.count() > 0).ifelse(entropy(column), None)
