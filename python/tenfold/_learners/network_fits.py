"""Multi-layer perceptrons that are fitted within a tenfold search: trained without an array a step.

scikit-learn's ``fit`` checks, encodes and draws the first weights; then it asks ``_fit_stochastic`` or
``_fit_lbfgs`` of its base class for all epochs or iterations. Within a search these methods are answered by
``network_epochs.py`` and ``network_lbfgs.py``, where they can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tenfold import _native, _versions
from tenfold._config import get_config
from tenfold._learners.exchanging import Exchange
from tenfold._learners.native_parts import Takes, holds_one, never
from tenfold._numerics import scipy_lbfgsb, sklearn_network

RULE = "networks"
WHY = (
    "a multi-layer perceptron is trained by the same products, exponentials and sums, in memory that there "
    "is already, and what is done element by element in one pass: it is scikit-learn's to the last bit"
)


def is_on() -> bool:
    """Whether epochs may be answered here at all."""
    return (
        _native.may_share()
        and RULE not in get_config()["disabled_rules"]
        and _versions.unproven(sklearn_network.PROVEN) is None
    )


_epochs = Exchange(
    sklearn_network.base, sklearn_network.EPOCHS, "tenfold._learners.network_epochs.train", is_on
)
_lbfgs = Exchange(
    sklearn_network.base,
    sklearn_network.LBFGS,
    "tenfold._learners.network_lbfgs.train",
    lambda: is_on() and _versions.unproven(scipy_lbfgsb.PROVEN) is None,
)


@contextmanager
def within_search() -> Iterator[None]:
    """Have networks that are fitted in this thread trained here, where they can be."""
    with _epochs.within_search(), _lbfgs.within_search():
        yield


def taking(estimator: Any) -> Takes:
    """Whether in the estimator, with some parameters, there is a network that is trained here."""
    base = sklearn_network.base()
    if base is None or not is_on():
        return never
    from tenfold._learners.network_pass import why_not

    return holds_one(estimator, base, lambda part: why_not(part) is None)
