"""scikit-learn's docstrings, true of tenfold's classes and functions."""

from __future__ import annotations

import re

_ONE_JOB = re.compile(
    r"``None`` means 1 unless in a\s+:obj:`joblib.parallel_backend`\s+context\.(\s)"
)


def all_cores_by_default(docstring: str | None) -> str | None:
    """The docstring with the one default that differs: ``n_jobs=None`` means all cores."""
    if docstring is None:
        return None
    return _ONE_JOB.sub(r"``None`` means all cores here, ``1`` means one.\1", docstring)
