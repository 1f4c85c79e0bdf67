"""What a check finds, and what the checks of a log amount to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SEVERITIES = ("error", "warning", "info")  # the gravest first


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    passed: None where it could not be judged; sentence: what was found, of how many, or why it could not be judged;
    severity: how grave, if it failed; count: of `unit`; share: of what the sentence says it was judged on; examples:
    at most three; fix: a cleaning step, or None where the sentence says what to do instead.
    """

    passed: bool | None
    sentence: str
    severity: str = "info"
    count: int = 0
    share: float | None = None
    unit: str = "events"
    examples: tuple[dict[str, Any], ...] = ()
    fix: dict[str, Any] | None = None


@dataclass(frozen=True)
class Quality:
    """checks: one dict per check, the gravest findings first, then those not judged, then those passed; each has
    name, title, passed, severity, count, share, unit, examples, breaks, fix, sentence."""

    log_id: str
    version_id: str
    events: int
    checks: tuple[dict[str, Any], ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values, with a summary and a light: red with errors, amber with warnings, else green."""
        return {
            "log_id": self.log_id, "version_id": self.version_id, "events": self.events, "checks": list(self.checks),
            "summary": summary(self.checks), "light": light(self.checks),
        }  # fmt: skip


def passed(sentence: str, *, share: float | None = 0.0, unit: str = "events") -> Finding:
    """Nothing to complain of."""
    return Finding(True, sentence, share=share, unit=unit)


def unjudged(reason: str, *, unit: str = "events") -> Finding:
    """It cannot be said; the reason is a sentence."""
    return Finding(None, reason, unit=unit)


def step(name: str, **settings: Any) -> dict[str, Any]:
    """A cleaning step as a recipe holds it."""
    return {"step": name, "settings": settings}


def light(checks: Sequence[dict[str, Any]]) -> str:
    """red, amber or green."""
    severities = {check["severity"] for check in checks if check["passed"] is False}
    return "red" if "error" in severities else "amber" if "warning" in severities else "green"


def summary(checks: Sequence[dict[str, Any]]) -> str:
    """The checks in one sentence."""
    failed = [check for check in checks if check["passed"] is False]
    grave = [
        f"{number} {name}"
        for name, severity in (("to mend first", "error"), ("to look at", "warning"), ("to know of", "info"))
        if (number := sum(check["severity"] == severity for check in failed))
    ]
    sound = sum(check["passed"] is True for check in checks)
    unknown = len(checks) - len(failed) - sound
    found = f"{counted(len(failed), 'finding')} ({', '.join(grave)})" if failed else "No findings"
    rest = f", {unknown} could not be judged" if unknown else ""
    return f"{found}, {counted(sound, 'check')} passed{rest}."


def counted(number: float, thing: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def percent(share: float) -> str:
    """A share for a sentence; a share that is not nothing never reads as 0 %."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
