"""``python -m tenfold journal FILE``: a journal in a terminal."""

from __future__ import annotations

import argparse
import math
import sys
import time
from typing import Any

from tenfold._journal.reading import read_rows

_RENEWED_SECONDS = 1.0
_REST = 4  # times as long as a look at a large journal takes, it is left alone
_MOST_FAILURES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", help="the journal, as named by config_context(journal=...)")
    parser.add_argument("--watch", action="store_true", help="renew the picture until Ctrl-C")


def run(arguments: argparse.Namespace) -> int:
    """Show a journal; the exit status is 1, with one line that says why, where it can't be read."""
    from rich.console import Console
    from rich.live import Live

    try:
        if not arguments.watch:
            Console().print(picture(read_rows(arguments.file)))
            return 0
        spent = 0.0
        with Live(picture(read_rows(arguments.file)), auto_refresh=False) as live:
            while True:
                time.sleep(max(_RENEWED_SECONDS, _REST * spent))
                started = time.perf_counter()
                live.update(picture(read_rows(arguments.file)), refresh=True)
                spent = time.perf_counter() - started
    except (FileNotFoundError, ValueError) as error:
        print(f"tenfold: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def picture(rows: list[dict[str, Any]]) -> Any:
    """Searches with their progress and best candidates, and what failed."""
    from rich.console import Group
    from rich.table import Table

    table = Table("search", "of", "cells done", "failed", "best so far", "its parameters", box=None)
    failures: list[str] = []
    for number, cells in _by(rows, "search").items():
        done = [cell for cell in cells if cell["done"]]
        failed = [cell for cell in done if cell.get("error")]
        best = _best(cells)
        score, parameters = ("-", "-") if best is None else (f"{best[0]:.6g}", best[1])
        share = len(done) / len(cells)
        table.add_row(
            str(number), cells[0]["estimator"], f"{len(done):,} of {len(cells):,} ({share:.0%})",
            str(len(failed)), score, parameters,
        )  # fmt: skip
        failures += [f"search {number}: {cell['error']}" for cell in failed]
    shown = [f"[red]{text}[/red]" for text in dict.fromkeys(failures)][:_MOST_FAILURES]
    return Group(table, *shown) if rows else "the journal is empty"


def _best(cells: list[dict[str, Any]]) -> tuple[float, str] | None:
    """The best mean test score among candidates whose splits are all done, and its parameters."""
    best = None
    for own in _by(cells, "candidate").values():
        names = [name for name in own[0] if name.startswith("test_")]
        if not names or not all(cell["done"] for cell in own):
            continue
        mean = sum(cell.get(names[0], math.nan) for cell in own) / len(own)
        if not math.isnan(mean) and (best is None or mean > best[0]):
            parameters = {
                k[len("param_") :]: v for k, v in own[0].items() if k.startswith("param_")
            }
            best = mean, ", ".join(f"{k}={v!r}" for k, v in parameters.items())
    return best


def _by(rows: list[dict[str, Any]], name: str) -> dict[Any, list[dict[str, Any]]]:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups
