"""The one place where the compiled engine is imported.

Everything else asks :func:`engine` and takes ``None`` for an answer: then scikit-learn's own code runs.
"""

from __future__ import annotations

import warnings
from types import ModuleType

from tenfold import _versions
from tenfold._config import get_config

_compiled: ModuleType | None
try:
    from tenfold import _engine

    _compiled = _engine
except ImportError as error:  # a source tree that was never built, or a library missing at run time
    _compiled = None
    _import_error = str(error)

_warned = False


def compiled() -> ModuleType | None:
    """The compiled engine where it is there at all, switched off or not."""
    return _compiled


def why_not() -> str | None:
    """Why nothing can run natively here, in words; None where the engine can be used."""
    if not get_config()["native"]:
        return "the native engine is switched off (native=False)"
    if _compiled is None:
        return f"the compiled engine could not be imported ({_import_error})"
    if not _versions.is_tested():
        return f"scikit-learn {_versions.SKLEARN_VERSION} is newer or older than this tenfold was tested with"
    return None


def may_share() -> bool:
    """Whether work may be shared outside of the engine, which need not be there for it."""
    return get_config()["native"] and _versions.is_tested()


def engine() -> ModuleType | None:
    """The compiled engine, or None (and one warning a process) where it must not be used."""
    reason = why_not()
    if reason is None:
        return _compiled
    if get_config()["native"]:
        _warn_once(reason)
    return None


def _warn_once(reason: str) -> None:
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(
            f"tenfold runs scikit-learn's own code only: {reason}.", RuntimeWarning, stacklevel=2
        )
