"""Print what pyproject.toml requires, one requirement a line.

``build`` stands for the build requirements, ``run`` for the run-time ones; every other argument is
the name of an extra. The Makefile installs these before the project itself, so that a change of the
C++ sources never means asking the package index again.
"""

import sys
import tomllib
from pathlib import Path


def requirements(groups: list[str]) -> list[str]:
    root = Path(__file__).resolve().parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    known = {
        "build": project["build-system"]["requires"],
        "run": project["project"]["dependencies"],
        **extras,
    }
    found: dict[str, None] = {}
    for group in groups:
        if group not in known:
            sys.exit(f"requirements.py: no group {group!r}; there are {', '.join(sorted(known))}")
        found.update(dict.fromkeys(known[group]))
    return list(found)


if __name__ == "__main__":
    print("\n".join(requirements(sys.argv[1:])))
