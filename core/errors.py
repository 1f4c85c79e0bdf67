"""Every error that Whypath raises on purpose, as one small tree.

    WhypathError
    ├── BadInput            what the analyst gave cannot be used: the message names the place and the fix
    │   ├── BadFile         ... a file or a table
    │   ├── BadSpec         ... a setting, a mapping, a question
    │   ├── NotEnoughData   ... too little to answer honestly
    │   └── NotFound        ... no such log, run, user or column
    ├── RunFailed           a run ended without a result: the message is what stopped it
    └── Cancelled           the analyst asked a run to stop; not a failure

A message is one sentence (or two), gives the value seen, what was allowed and what to do. The command line prints it
and exits with 2; pages show it in place.
"""


class WhypathError(Exception):
    """Base of all errors raised on purpose; its text may be shown to the analyst as it is."""


class BadInput(WhypathError):
    """The analyst can mend it. Not a WhypathError of its own, because Cancelled is nobody's mistake."""


class BadFile(BadInput):
    """A file or table that cannot be read as what it claims to be. Not BadSpec: the settings may be fine."""


class BadSpec(BadInput):
    """A setting, mapping or question that contradicts itself or the log. Not BadFile: the data may be fine."""


class NotEnoughData(BadInput):
    """Valid data and settings, but too few rows to answer; says how many there are and how many are needed."""


class NotFound(BadInput):
    """A name or id that does not exist; lists what does, where that is short."""


class RunFailed(WhypathError):
    """What stopped a run in another process or room. Not BadInput: the cause may be a fault of ours."""


class Cancelled(WhypathError):
    """Raised inside a run when the analyst cancelled it. Not BadInput: there is nothing to mend."""
