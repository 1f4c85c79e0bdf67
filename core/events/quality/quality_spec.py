"""Every threshold of the checks, in one place."""

from pydantic import Field

from core.specs import Spec


class QualitySpec(Spec):
    """When a check complains. Shares are of what the check's sentence names; stricter is smaller.

    The defaults are chosen so that the demo log and logs of machines in good order give no warning. A finding whose
    share is at least `warning_share` is a warning, below it is information.
    """

    warning_share: float = Field(default=0.01, ge=0, le=1)
    # nulls: a column is incomplete where, within an event type that usually fills it, more than this share lacks it
    null_share: float = Field(default=0.02, ge=0, le=1)
    # ties: events that share their user's timestamp, so that their order is the file's
    tie_share: float = Field(default=0.05, ge=0, le=1)
    tie_warning_share: float = Field(default=0.3, ge=0, le=1)
    # order: neighbours in a history that the file has the other way round
    order_share: float = Field(default=0.001, ge=0, le=1)
    # events of the future: later than the import, by more than this (clocks differ a little)
    future_seconds: int = Field(default=300, ge=0)
    # moments far from the rest: a silence of so many days, and as long as the rest, with at most this share beyond it
    far_days: float = Field(default=60, gt=0)
    far_share: float = Field(default=0.01, ge=0, le=0.5)
    # clock jumps: in a file in order of time, steps back of more than this that last
    jump_seconds: int = Field(default=600, gt=0)
    # gaps: the chance that the log's own rhythm gives so long a silence, anywhere in the log
    gap_chance: float = Field(default=0.001, gt=0, lt=1)
    # time zone: stored hours between which the quietest six hours of a local day are centred
    night_from_hour: float = Field(default=23, ge=0, le=24)
    night_to_hour: float = Field(default=7.5, ge=0, le=24)
    # bursts: this many events of one user in one minute, and as many times the busiest 1 % of minutes
    burst_events: int = Field(default=60, ge=2)
    burst_times: float = Field(default=5, ge=1)
    # machine rhythm: a user with so many events whose gaps vary less than this (standard deviation over mean)
    rhythm_events: int = Field(default=50, ge=10)
    rhythm_variation: float = Field(default=0.1, gt=0)
    # repeats: the same event again within so many seconds, in more than this share
    repeat_seconds: float = Field(default=1, gt=0)
    repeat_share: float = Field(default=0.005, ge=0, le=1)
    # outliers: so many robust standard deviations from the middle, on the log scale
    outlier_deviations: float = Field(default=6, gt=0)
    # outlier users: also from so many times the busiest 1 % of users on
    user_times: float = Field(default=10, ge=1)
    # event types with so few events, of at least a thousand
    rare_events: int = Field(default=1, ge=1)
    # sessions that never end
    session_hours: float = Field(default=12, gt=0)
    session_share: float = Field(default=0.0002, ge=0, le=1)
    # text: items without any
    text_share: float = Field(default=0.01, ge=0, le=1)
    # edges: a first or last day with less than this share of what its neighbours have
    edge_share: float = Field(default=0.5, ge=0, le=1)
    # drift (population stability index, PSI): 0.1 is worth knowing, 0.25 a shift; nulls: difference of shares
    drift_psi: float = Field(default=0.1, gt=0)
    drift_warning_psi: float = Field(default=0.25, gt=0)
    drift_nulls: float = Field(default=0.1, gt=0, le=1)
    # one user with more than this share of all events is no user
    user_share: float = Field(default=0.2, gt=0, le=1)
