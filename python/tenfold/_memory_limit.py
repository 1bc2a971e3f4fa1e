"""How much memory this process may have: the machine's, or what its control groups leave of it.

A container's limit is that of a control group, version 1 or 2, and of all groups above it. The standard
library alone is needed here: executors of a cluster are sent this module by value.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_GROUPS = Path("/sys/fs/cgroup")
_PROCESS = Path("/proc/self/cgroup")
_MEMORY = Path("/proc/meminfo")


class _Version(NamedTuple):
    """How a version of control groups names things."""

    folder: str
    limit: str
    used: str
    reclaimable: str  # among the statistics: what is given back before anybody goes without


_VERSION_1 = _Version(
    "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
)
_VERSION_2 = _Version("", "memory.max", "memory.current", "inactive_file")


def total() -> int:
    """Bytes that this process could have if it were alone: the least of the machine's and its groups' say."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for folder, version in _groups():
        limit = _read_int(folder / version.limit)
        if limit is not None:
            limits.append(limit)
    return min(limits)


def available() -> int:
    """Bytes that this process may still take: the least of the machine's and its groups' say."""
    limits = [_available_of_machine()]
    for folder, version in _groups():
        limit, used = _read_int(folder / version.limit), _read_int(folder / version.used)
        if limit is not None and used is not None:
            used -= _reclaimable(folder, version)
            limits.append(max(0, limit - max(0, used)))
    return min(limits)


def _groups() -> Iterator[tuple[Path, _Version]]:
    """Folders of the groups that this process is in, from its own to the uppermost."""
    paths = {"": "/", "memory": "/"}
    try:
        for line in _PROCESS.read_text().splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0" and not controllers:
                paths[""] = path
            elif "memory" in controllers.split(","):
                paths["memory"] = path
    except (OSError, ValueError):
        pass
    for version in (_VERSION_1, _VERSION_2):
        root = _GROUPS / version.folder
        # A container sees its own group as the uppermost, whatever the path says that the host knows.
        own = root / paths[version.folder].lstrip("/")
        while own != root and root in own.parents:
            yield own, version
            own = own.parent
        yield root, version


def _reclaimable(folder: Path, version: _Version) -> int:
    """Bytes of files that the group has in memory and has not read of late."""
    try:
        for line in (folder / "memory.stat").read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == version.reclaimable:
                return int(number)
    except (OSError, ValueError):
        pass
    return 0


def _available_of_machine() -> int:
    try:
        for line in _MEMORY.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _read_int(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # no such file, or "max"
        return None
