"""How many processors this process may use: what it was given of the machine, not what the machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def available_processors() -> int:
    """Return how many processors this process may use: by its affinity, and by the quota of its control group.

    Returns
    -------
    int
        At least 1; a quota of one and a half processors counts as one.
    """
    try:
        many = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        many = os.cpu_count() or 1
    return max(1, min([many, *map(int, _quotas(_CGROUPS, _MEMBERSHIP))]))


def _quotas(cgroups: Path, membership: Path) -> Iterator[float]:
    """Give the quotas, in processors, of all control groups around this process, of either version of them."""
    try:
        lines = membership.read_text().splitlines()
    except (OSError, UnicodeDecodeError):  # not Linux
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            for folder in _upwards(cgroups, path):
                yield from _quota(folder / "cpu.max")
        elif "cpu" in controllers.split(","):
            for folder in _upwards(cgroups / "cpu", path):
                yield from _quota(folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us")


def _upwards(root: Path, path: str) -> Iterator[Path]:
    """Give the folders from a group to the root; inside a container the group's own name may lead nowhere."""
    folder = root / path.lstrip("/")
    yield folder
    while folder != root:
        folder = folder.parent
        yield folder


def _quota(*files: Path) -> Iterator[float]:
    try:
        quota, period = (float(word) for file in files for word in file.read_text().split())
    except (OSError, ValueError):  # not there, or "max"
        return
    if quota > 0 and period > 0:
        yield quota / period
