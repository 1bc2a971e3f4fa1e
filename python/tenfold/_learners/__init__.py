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
  of_rows)``, the arguments of the engine's spec as a tuple that can be compared
- ``seed_of_number(number)``: the seed that an estimator with that ``random_state`` has
- ``seed_arrays(specs, sources)``: seeds as plain arrays, as long as the specs want them
- ``table_of(session, engine, X, y, candidate, weights)``: the data as the engine is to see them, or a refusal
- ``engine_learner(engine, specs, seeds, weights)``: the engine's learner of specs over one table; weights of
  training rows, a kind and a split
- ``of_splits(run)``, where a learner is to be told something else of each split than weights: what
  ``engine_learner`` is given in place of these
- ``scores_accuracy(candidate)``: whether its own score is accuracy, which the engine computes
- ``AFTER_TRANSFORMERS``: whether it may be the last step of a Pipeline whose transformers are shared
- ``refuse_on_spark(candidate, table, weights)``: refuses what runs on one machine alone
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from tenfold import _native

_FILES = ("trees", "boosting")
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
    engine = _native.compiled()
    return {} if engine is None else dict(engine.rules())


def named(name: str) -> Any:
    """The learner of that name."""
    return next(module for module in _modules() if name == module.NAME)


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(import_module(f"tenfold._learners.{file}") for file in _FILES)


@cache
def _by_class() -> dict[type, ModuleType]:
    return {learner: module for module in _modules() for learner in module.LEARNERS}
