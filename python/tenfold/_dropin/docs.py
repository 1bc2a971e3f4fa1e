"""scikit-learn's docstrings, true of tenfold's classes and functions."""

from __future__ import annotations

import re

# What is said of scikit-learn's own and does not hold here, and what does.
_AMENDMENTS = (
    # The one default that differs.
    (
        r"``None`` means 1 unless in a\s+:obj:`joblib.parallel_backend`\s+context\.(\s)",
        r"``None`` means all cores here, ``1`` means one.\1",
    ),
    # Data is never copied for each point in the grid.
    (r"If `n_jobs` was set to a value higher than one, the data is copied.*?n_jobs`\.\n", ""),
    # Halving searches need no leave here.
    (r" To use it,\s+you need to explicitly import ``enable_halving.*?import Halving\w+\n", "\n"),
    (r"[ >]*from sklearn\.experimental import enable_halving\w+[^\n]*\n", ""),
    # Examples show the import that this docstring came by.
    (r"(>>> from) sklearn\.model_selection (import {name}\n)", r"\1 tenfold \2"),
)


def amended(docstring: str | None, name: str) -> str | None:
    """The docstring of scikit-learn's ``name``, with what differs here said as it is."""
    if docstring is None:
        return None
    for pattern, replacement in _AMENDMENTS:
        docstring = re.sub(pattern.replace("{name}", name), replacement, docstring, flags=re.DOTALL)
    return docstring
