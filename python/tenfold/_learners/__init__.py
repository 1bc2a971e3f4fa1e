"""The native learners: how each reads scikit-learn's parameters. Here is the one list of them.

A learner is a module with

- ``NAME``: what runs know it by
- ``LEARNERS``: the classes of scikit-learn's that it answers for
- ``EXTRAS``: names beside the parameters in the ``__dict__`` of a fresh estimator
- ``checked_extras(estimator, extras)``: refuses an estimator that carries what no fresh clone of it would
- ``candidate_of(cls, parameters)``: checks one candidate's parameters, or refuses; the candidate has a
  ``seed`` (None where its numbers are drawn by the engine), a ``source`` that its seed becomes part of,
  ``row_weights(sample_weight)``, how its training rows are weighed, or None, ``check_rows(table, rows)``,
  which refuses training rows that scikit-learn would, and ``spec(n_rows, n_columns, table, weights,
  of_rows)``, the arguments of the engine's spec: an object that can be compared and sent elsewhere, which
  makes itself ``weighing(kind)``, and whose class has ``engine_learner(engine, specs, seeds, of_splits)``,
  the engine's learner of such
- ``seed_of_number(number)``: the seed that an estimator with that ``random_state`` has
- ``seed_arrays(specs, sources)``: seeds as plain arrays, as long as the specs want them
- ``table_of(session, engine, X, y, candidate, weights)``: the data as the engine is to see them, or a refusal
- ``of_splits(run)``: what the engine's learner is to be told of each split's training rows; their weights
  (``weights.of_splits``), or more
- ``responding(cls)``: how an estimator answers from the engine's responses, a class of ``responding.py``
- ``scores_accuracy(candidate)``: whether its own score is accuracy, which the engine computes
- ``AFTER_TRANSFORMERS``: whether it may be the last step of a Pipeline whose transformers are shared
- ``refuse_on_spark(candidate, table, weights)``: refuses what runs on one machine alone

A learner whose own ``fit`` is answered natively too (the winner's refit is one) has a file in ``_FITS`` with
one or both of

- ``within_search()``: a context of the searching thread, in which such fits are answered
- ``answer_calls(request, answer)``: whether calls that a ``fit`` has handed joblib have been answered
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

_FILES = ("trees", "boosting")
# These import nothing of scikit-learn's learners before there is such a fit.
_FITS = ("forest_fits", "boosting_fits", "ada_boost_fits", "bagging_fits")
# Packages of the classes that learners answer for. Learners are imported, with these, when one such comes:
# a search over another estimator waits for none of them.
_HOMES = ("sklearn.tree.", "sklearn.ensemble.")


def is_native(estimator_class: type) -> bool:
    """Whether a learner answers for this class (not for its subclasses: they may do anything)."""
    return learner_of(estimator_class) is not None


def may_follow_transformers(estimator_class: type) -> bool:
    """Whether the class may be a native last step behind shared transformers."""
    learner = learner_of(estimator_class)
    return learner is not None and learner.AFTER_TRANSFORMERS


def learner_of(estimator_class: type) -> Any:
    """The learner that answers for a class; None where there is none."""
    if not estimator_class.__module__.startswith(_HOMES):
        return None
    return _by_class().get(estimator_class)


def rules() -> dict[str, str]:
    """The sharing rules of the engine's learners, and in one sentence why each is sound."""
    from tenfold import _native  # which asks scikit-learn's version: specs can be had without
    from tenfold._learners import member_rule

    engine = _native.compiled()
    return {} if engine is None else {**engine.rules(), member_rule.NAME: member_rule.WHY}


def named(name: str) -> Any:
    """The learner of that name."""
    return next(module for module in _modules() if name == module.NAME)


@contextmanager
def native_fits() -> Iterator[None]:
    """Have estimators that are fitted in this thread fitted natively, where learners can."""
    with ExitStack() as stack:
        for file in _fits():
            if hasattr(file, "within_search"):
                stack.enter_context(file.within_search())
        yield


def answer_calls(request: Any, answer: Any) -> bool:
    """Answer the calls that one ``fit`` has handed joblib; False where no learner knows them."""
    return any(
        file.answer_calls(request, answer) for file in _fits() if hasattr(file, "answer_calls")
    )


@cache
def _fits() -> tuple[ModuleType, ...]:
    return tuple(import_module(f"tenfold._learners.{file}") for file in _FITS)


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(import_module(f"tenfold._learners.{file}") for file in _FILES)


@cache
def _by_class() -> dict[type, ModuleType]:
    return {learner: module for module in _modules() for learner in module.LEARNERS}
