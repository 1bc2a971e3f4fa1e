"""AdaBoost that is fitted within a search: the trees of its rounds are grown natively where they can be.

scikit-learn's ``fit`` weighs the rows and asks ``_boost`` of its class for one round after another.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tenfold import _versions
from tenfold._learners import member_rule
from tenfold._learners.exchanging import Exchange

_ROUNDS = "tenfold._learners.ada_boost_rounds"
_classifier, _regressor = (
    Exchange(
        functools.partial(_versions.ada_boost, f"AdaBoost{kind}"),
        "_boost",
        f"{_ROUNDS}.{answer}",
        member_rule.is_on,
    )
    for kind, answer in (("Classifier", "boost_classes"), ("Regressor", "boost_numbers"))
)


@contextmanager
def within_search() -> Iterator[None]:
    """Have rounds of models that are fitted in this thread answered natively, where they can be."""
    try:
        with _classifier.within_search(), _regressor.within_search():
            yield
    finally:
        rounds = sys.modules.get(_ROUNDS)
        if rounds is not None:  # what fits that ended early have prepared
            rounds.forget()
