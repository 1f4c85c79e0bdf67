"""Outliers: users with far more events, numbers far from the rest, and numbers on the wrong side of zero.

Counts and money are skewed, so the distance is taken on the log scale, in robust standard deviations: the larger of
that between the median and the quartile on the same side, and that between the median and the 10 % or 90 % point, each
divided by its value for a normal distribution; never under SPREAD, so that a column of a few steps is not all outliers.
"""

from collections.abc import Iterable

import numpy as np

from core.events.columns import VALUE
from core.events.quality.finding import Finding, counted, passed, percent, step, unjudged
from core.events.quality.subject import EXAMPLES, Subject
from core.storage.engine import quoted

SPREAD = 0.35  # on the log scale: at 6 deviations a factor of 8
FEW = 100
NEGATIVE_AT_MOST = 0.2  # a number that is negative more often is meant to have a sign
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
NORMAL = 1.2816  # the 90 % point of the standard normal distribution


def outlier_users(subject: Subject) -> Finding:
    """Fails if users have events beyond `outlier_deviations`, or `user_times` the busiest 1 %; share:
    their events, of all events."""
    if not subject.manifest["has_users"]:
        return unjudged("The log names no users.", unit="users")
    users = int(subject.manifest["users"])
    if users < FEW:
        return unjudged(f"{counted(users, 'user')} are too few to say who is unusual; {FEW} are needed.", unit="users")
    row = subject.row(
        f"SELECT quantile_cont(ln(events), {list(QUANTILES)}) AS q, quantile_cont(events, 0.99) AS busy FROM users"
    )
    limit = min(_limits(row["q"], subject.spec.outlier_deviations)[1], subject.spec.user_times * float(row["busy"]))
    beyond = subject.row(
        "SELECT count(*) AS users, coalesce(sum(events), 0)::DOUBLE AS events FROM users WHERE events > ?", [limit]
    )
    count, share = int(beyond["users"]), float(beyond["events"]) / subject.events
    usual = f"the usual user has {np.exp(row['q'][2]):,.0f}"
    if not count:
        return passed(f"No user has more than {limit:,.0f} events; {usual}.", unit="users")
    return Finding(
        False,
        f"{count:,} of {users:,} users with more than {limit:,.0f} events each ({usual}): together "
        f"{subject.of_events(float(beyond['events']))}. Marking them uses their whole history, so a causal question "
        "must judge them as of time zero.",
        "warning" if share > 0.1 else "info",
        count,
        share,
        "users",
        tuple(
            subject.rows(
                "SELECT user_id, events, sessions, first_at, last_at FROM users WHERE events > ? "
                f"ORDER BY events DESC, user_id LIMIT {EXAMPLES}",
                [limit],
            )
        ),
        step("outlier_users", detect="iqr", action="mark"),
    )


def outlier_values(subject: Subject) -> Finding:
    """Fails if positive values, or numeric attributes, lie beyond `outlier_deviations`; share: of the worst column."""
    names = _numbers(subject)
    if not names:
        return unjudged("The log has no value and no numeric attribute.", unit="values")
    asked = ", ".join(
        f"quantile_cont(CASE WHEN {quoted(name)} > 0 AND isfinite({quoted(name)}::DOUBLE) THEN ln({quoted(name)}) END, "
        f"{list(QUANTILES)}) AS q{place}, count(*) FILTER ({quoted(name)} > 0) AS n{place}"
        for place, name in enumerate(names)
    )
    row = subject.row(f"SELECT {asked} FROM events")
    limits = {
        name: _limits(row[f"q{place}"], subject.spec.outlier_deviations)
        for place, name in enumerate(names)
        if int(row[f"n{place}"]) >= FEW
    }
    if not limits:
        return unjudged(f"No number is filled in {FEW} events or more.", unit="values")
    beyond = ", ".join(
        f"count(*) FILTER ({quoted(name)} > ? OR ({quoted(name)} > 0 AND {quoted(name)} < ?)) AS b{place}"
        for place, name in enumerate(limits)
    )
    bounds = [bound for low, high in limits.values() for bound in (high, low)]
    counts = subject.row(f"SELECT {beyond} FROM events", bounds)
    found = [
        (int(counts[f"b{place}"]) / int(row[f"n{names.index(name)}"]), int(counts[f"b{place}"]), name)
        for place, name in enumerate(limits)
        if int(counts[f"b{place}"])
    ]
    if not found:
        return passed(f"No number of {', '.join(list(limits)[:8])} is far from the rest.", unit="values")
    found.sort(reverse=True)
    share, _, worst = found[0]
    low, high = limits[worst]
    told = "; ".join(f"{name}: {part:,} ({percent(of)})" for of, part, name in found[:5])
    more = f"; and {counted(len(found) - 5, 'column')} more" if len(found) > 5 else ""
    column = quoted(worst)
    return Finding(
        False,
        f"Far from the rest on the log scale, of the positive numbers: {told}{more}. For {worst} that is below "
        f"{low:,.3g} or above {high:,.5g}.",
        subject.severity(share),
        sum(part for _, part, _ in found),
        share,
        "values",
        subject.examples(f"{column} > ? OR ({column} > 0 AND {column} < ?)", [high, low], also=[worst])
        if worst != VALUE
        else subject.examples("value > ? OR (value > 0 AND value < ?)", [high, low], also=["item_id", VALUE]),
        step("outliers", columns=[name for _, _, name in found], detect="iqr", action="winsorise"),
    )


def negative_values(subject: Subject) -> Finding:
    """Fails if the value, or a numeric attribute that is nearly always positive, is negative; share: of the worst."""
    names = _numbers(subject)
    if not names:
        return unjudged("The log has no value and no numeric attribute.", unit="values")
    asked = ", ".join(
        f"count({quoted(name)}) AS n{place}, count(*) FILTER ({quoted(name)} < 0) AS b{place}"
        for place, name in enumerate(names)
    )
    row = subject.row(f"SELECT {asked} FROM events")
    found = [
        (int(row[f"b{place}"]) / int(row[f"n{place}"]), int(row[f"b{place}"]), name)
        for place, name in enumerate(names)
        if row[f"b{place}"] and row[f"b{place}"] < NEGATIVE_AT_MOST * row[f"n{place}"]
    ]
    if not found:
        return passed("No number that is usually positive is negative.", unit="values")
    found.sort(reverse=True)
    share, _, worst = found[0]
    told = "; ".join(f"{name}: {part:,} ({percent(of)} of those filled)" for of, part, name in found[:5])
    in_value = any(name == VALUE for _, _, name in found)
    advice = (
        "" if in_value else f" Only a value can be netted: map {worst}, or the amount, to the value to use the fix."
    )
    return Finding(
        False,
        f"Negative where the number is usually positive: {told}; refunds, cancellations or corrections.{advice}",
        subject.severity(share),
        sum(part for _, part, _ in found),
        share,
        "values",
        subject.examples(f"{quoted(worst)} < 0", also=["item_id", worst]),
        step("refunds") if in_value else None,
    )


def _numbers(subject: Subject) -> list[str]:
    numeric = [name for name, kind in subject.attributes.items() if kind == "number"]
    return ([VALUE] if VALUE in subject.optional else []) + numeric


def _limits(quantiles: Iterable[float], deviations: float) -> tuple[float, float]:
    """The lowest and highest number that is no outlier, from quantiles of the logarithms."""
    low, first, middle, third, high = (float(value) for value in quantiles)
    below = max((middle - low) / NORMAL, (middle - first) / 0.6745, SPREAD)
    above = max((high - middle) / NORMAL, (third - middle) / 0.6745, SPREAD)
    return float(np.exp(middle - deviations * below)), float(np.exp(min(middle + deviations * above, 700)))
