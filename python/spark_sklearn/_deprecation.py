"""The one warning that each old name gives: what to write now."""

from __future__ import annotations

import warnings


def warn(old: str, new: str) -> None:
    """Warn, at the caller's caller, that ``old`` is now ``new``."""
    warnings.warn(
        f"spark_sklearn.{old} is deprecated: write {new}", DeprecationWarning, stacklevel=3
    )
