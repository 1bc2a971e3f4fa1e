"""``python -m tenfold report FILE``: a page about a journal."""

from __future__ import annotations

import argparse
import sys

from tenfold._report.page import write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", help="the journal, as named by config_context(journal=...)")
    parser.add_argument("--output", default="report.html", help="the page (default: report.html)")
    parser.add_argument("--metric", help="the score that is shown, where there are several")


def run(arguments: argparse.Namespace) -> int:
    """Write the page; the exit status is 1, with one line that says why, where that can't be done."""
    try:
        print(write_report(arguments.file, arguments.output, metric=arguments.metric))
    except (OSError, ValueError, ImportError) as error:
        print(f"tenfold: {error}", file=sys.stderr)
        return 1
    return 0
