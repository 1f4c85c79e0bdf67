"""Rows that an import kept aside because they are no events."""

import pyarrow.parquet as pq

from core.events.quality.finding import Finding, passed, percent, unjudged
from core.events.quality.subject import CHARACTERS, EXAMPLES, Subject


def rejected_rows(subject: Subject) -> Finding:
    """Fails if any row was kept aside; share: of all rows of the files."""
    rejected = subject.manifest.get("rejected")
    if rejected is None:
        return unjudged("This version does not say how many rows its import kept aside.", unit="rows")
    if not rejected:
        return passed("Every row of the files became an event.", unit="rows")
    made_by = subject.manifest.get("made_by", "import")
    share = rejected / (rejected + subject.events)
    reasons = subject.manifest.get("reject_reasons") or [{"reason": "reason unknown", "rows": rejected}]
    most = reasons[0]
    rows = "row was" if rejected == 1 else "rows were"
    where = "" if made_by == "import" else " by the imports behind this version"
    return Finding(
        False,
        f"{rejected:,} {rows} kept aside{where}, {percent(share)} of those rows and the events together; most often "
        f"({most['rows']:,}): {most['reason']}. No cleaning step brings them back: mend the file or the mapping and "
        "import again.",
        "warning" if share >= subject.spec.warning_share else "info",
        rejected,
        share,
        "rows",
        _examples(subject),
    )


def _examples(subject: Subject) -> tuple[dict[str, object], ...]:
    """The first rejects of each of the three most frequent reasons are too costly to look for: the first three."""
    path = subject.workspace.version(subject.log.log_id, subject.log.version_id) / "rejects.parquet"
    if not path.exists():
        return ()
    wanted = ["file", "line", "column", "value", "reason"]
    batch = next(pq.ParquetFile(path).iter_batches(batch_size=EXAMPLES, columns=wanted), None)
    rows = batch.to_pylist() if batch is not None else []
    return tuple(
        {key: value[:CHARACTERS] if isinstance(value, str) else value for key, value in row.items()} for row in rows
    )
