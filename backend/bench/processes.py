"""CPU and memory of processes, read from the operating system."""

import contextlib
from dataclasses import dataclass

import psutil

_MIB = 1024 * 1024


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants that still run."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its descendants have used so far."""
    total = 0.0
    for process in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            # Children that have ended count with their parent: PostgreSQL has one for each
            # connection, and connections come and go.
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mib(pid: int) -> float:
    """Return the resident memory of the largest process of a tree."""
    found = [0.0]
    for process in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(process.memory_info().rss / _MIB)
    return max(found)


def load_average() -> float:
    """Return the machine's load average of the last minute, which includes this run."""
    return float(psutil.getloadavg()[0])


@dataclass(frozen=True)
class Machine:
    """The machine on which the run was made."""

    cores: int
    memory_gib: float

    @classmethod
    def here(cls) -> "Machine":
        """Describe this machine."""
        return cls(psutil.cpu_count() or 1, psutil.virtual_memory().total / 1024**3)
