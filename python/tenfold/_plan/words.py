"""Numbers, values and tables in words: what the texts of plans and of verifications are made of."""

from __future__ import annotations

from html import escape
from typing import Any

# Columns that are read from their left; all others hold numbers.
_TO_THE_LEFT = ("candidates", "engine", "shares", "score", "parameters")


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """A table in columns, the first row its head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    left = {i for i, name in enumerate(rows[0]) if name in _TO_THE_LEFT}
    lines = [
        "  ".join(
            entry.ljust(width) if i in left else entry.rjust(width)
            for i, (entry, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def html_table(rows: list[tuple[str, ...]]) -> str:
    """A table, the first row its head."""
    headings, *others = rows
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(entry)}</td>" for entry in row) + "</tr>" for row in others
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def value(parameter: Any) -> str:
    """A parameter's value, short enough for a label: an estimator by its class alone."""
    if hasattr(parameter, "get_params") and not isinstance(parameter, type):
        return f"{type(parameter).__name__}()"
    said = " ".join(repr(parameter).split())
    return said if len(said) <= 24 else said[:23] + "…"


def short_name(name: str) -> str:
    """A nested parameter's own name."""
    return name.rpartition("__")[2]


def parameters(values: dict[str, Any]) -> str:
    """A candidate's parameters on one line."""
    return ", ".join(f"{short_name(name)}={value(one)}" for name, one in values.items())


def ratio(asked: int, done: int) -> str:
    """How many times less was done than asked."""
    return f"{asked / max(done, 1):.3g}x"


def seconds(number: float | None) -> str:
    """A time, to two digits where it is short; a dash where it is not known."""
    if number is None:
        return "-"
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}" if number else "0"


def size(n_bytes: int) -> str:
    """Bytes in the unit that fits."""
    number, units = float(n_bytes), ["B", "KB", "MB", "GB", "TB"]
    while number >= 1000 and len(units) > 1:
        number /= 1000
        units.pop(0)
    return f"{number:.3g} {units[0]}"


def count(number: int, thing: str) -> str:
    """So many of a thing."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
