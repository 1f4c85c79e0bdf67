"""Intervals of shares: 95 %, always inside 0 to 1."""

import math

Z = 1.959963984540054  # normal quantile at 0.975


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Wilson score interval (Wilson 1927) of successes / trials; (nan, nan) without trials."""
    if trials <= 0:
        return math.nan, math.nan
    share = successes / trials
    centre = (share + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    half = Z / (1 + Z**2 / trials) * math.sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    # The ends touch 0 and 1 exactly where the share does; rounding must not push the share out of its interval.
    return min(max(0.0, centre - half), share), max(min(1.0, centre + half), share)


def clustered(
    part_sum: float, all_sum: float, part_squares: float, cross: float, all_squares: float, users: int
) -> tuple[float, float]:
    """Interval of a share of things (sessions) that come in clusters (users), from sums over users.

    With b_u of user u's n_u things counted, r = Σb / Σn has the linearised variance
    v = U/(U-1) Σ(b_u - r n_u)² / (Σn)² (ratio estimator; Cochran 1977, 6.3). The interval is Wilson's with the sample
    size r(1-r)/v that would give this variance; where v is 0 (r is 0 or 1, or one user) with the number of users.

    part_sum Σb, all_sum Σn, part_squares Σb², cross Σbn, all_squares Σn².
    """
    if all_sum <= 0:
        return math.nan, math.nan
    share = part_sum / all_sum
    spread = part_squares - 2 * share * cross + share**2 * all_squares
    variance = users / max(users - 1, 1) * spread / all_sum**2
    trials = share * (1 - share) / variance if variance > 1e-15 and users > 1 else float(users)
    trials = min(trials, all_sum)
    return wilson(share * trials, trials)


def of_ratio(
    part_sum: float, all_sum: float, part_squares: float, cross: float, all_squares: float, users: int
) -> tuple[float, float]:
    """Normal interval of any ratio Σb / Σn over clusters, with the variance that `clustered` has; (nan, nan) where it
    cannot be told (fewer than two users)."""
    if all_sum <= 0 or users < 2:
        return math.nan, math.nan
    ratio = part_sum / all_sum
    spread = max(part_squares - 2 * ratio * cross + ratio**2 * all_squares, 0.0)
    half = Z * math.sqrt(users / (users - 1) * spread) / all_sum
    return ratio - half, ratio + half
