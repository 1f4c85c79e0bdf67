"""Two users to look at first, so that nobody has to know an id: a typical one and the busiest."""

from core.storage.engine import Log


def example_users(log: Log) -> dict[str, str]:
    """{"typical": user_id, "busiest": user_id}: the user nearest to the 75 % point of events a user, and the maximum.

    Not the median: in most logs that user has an event or two, and their history shows nothing.
    """
    users = log.table("users")
    usual = float(log.fetch(users.agg(usual=users.events.quantile(0.75)))["usual"].to_numpy()[0])
    nearest = users.order_by((users.events - usual).abs(), users.user_id).limit(1)
    busiest = users.order_by(users.events.desc(), users.user_id).limit(1)
    return {
        "typical": str(log.fetch(nearest.select("user_id")).iloc[0, 0]),
        "busiest": str(log.fetch(busiest.select("user_id")).iloc[0, 0]),
    }
