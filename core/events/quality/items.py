"""Items of which the log never gives a text."""

from core.events.columns import TEXT
from core.events.quality.finding import Finding, passed, percent, unjudged
from core.events.quality.subject import EXAMPLES, Subject


def item_text(subject: Subject) -> Finding:
    """Fails if more than `text_share` of the items have no text in any event; share: of the items."""
    items = int(subject.manifest["items"])
    if TEXT not in subject.optional or not items:
        return unjudged("The log has no items." if not items else "No column is mapped to the text.", unit="items")
    count = int(subject.number("SELECT count(*) FROM items WHERE title IS NULL"))
    share = count / items
    said = f"{count:,} of {items:,} items ({percent(share)}) have no text in any event"
    if share <= subject.spec.text_share:
        return passed(f"{said}.", share=share, unit="items")
    return Finding(
        False,
        f"{said}. No step can invent one: bring the texts with the file.",
        "warning" if share > 0.2 else "info",
        count,
        share,
        "items",
        tuple(
            subject.rows(
                "SELECT item_id, events, users FROM items WHERE title IS NULL ORDER BY events DESC, item_id "
                f"LIMIT {EXAMPLES}"
            )
        ),
    )
