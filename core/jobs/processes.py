"""Other processes: is it still the one we started, and how to stop it."""

import os
import signal
import subprocess
from pathlib import Path


def started_at(pid: int | None) -> float | None:
    """The moment a process started, in the kernel's own count; None if it is gone. A reused pid has another one."""
    if pid is None or pid <= 0:
        return None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return None if fields[0] == "Z" else float(fields[19])
    except (OSError, IndexError, ValueError):
        return None if Path("/proc/self/stat").exists() else _asked(pid)


def is_alive(pid: int | None, started: float | None) -> bool:
    """Whether that very process still runs."""
    return started is not None and started_at(pid) == started


def stop(pid: int, *, forcibly: bool) -> None:
    """Ask a process (and its group, if it leads one) to end, or end it."""
    wanted = signal.SIGKILL if forcibly else signal.SIGTERM
    try:
        if os.getpgid(pid) == pid:
            os.killpg(pid, wanted)
        else:
            os.kill(pid, wanted)
    except (ProcessLookupError, PermissionError):
        return


def _asked(pid: int) -> float | None:
    """The start of a process where there is no /proc, as a number made from what `ps` prints."""
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    text = answer.stdout.strip()
    return float(int.from_bytes(text.encode()[-6:], "big")) if text else None
