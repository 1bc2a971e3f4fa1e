"""What can be done from a shell: ``python -m tenfold COMMAND``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from tenfold._journal import command as journal
from tenfold._report import command as report

_COMMANDS: dict[str, tuple[Any, str]] = {
    "journal": (journal, "show a journal: searches, progress, best so far, failures"),
    "report": (report, "write a page about a journal's last search"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tenfold", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, text) in _COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=text, description=text))
    given = parser.parse_args(arguments)
    status: int = _COMMANDS[given.command][0].run(given)
    return status


if __name__ == "__main__":
    sys.exit(main())
