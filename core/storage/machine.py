"""What this machine can spare: processor threads and disk."""

import os
import shutil
from pathlib import Path


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_threads() -> int:
    """Cores minus the load of the last minute, at least 1: on a busy machine two threads can be slower than one."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, min(cores(), round(cores() - load)))


def free_disk_bytes(folder: Path) -> int:
    """Bytes free on the disk that holds the folder."""
    return shutil.disk_usage(folder).free


def available_memory_bytes() -> int:
    """Memory that new work may take without swapping, or all of it where the machine cannot tell."""
    page = os.sysconf("SC_PAGE_SIZE")
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return page * os.sysconf("SC_PHYS_PAGES")
