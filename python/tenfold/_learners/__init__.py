"""The native learners: how each reads scikit-learn's parameters. Here is the one list of them.

A learner is a module with

- ``NAME``: what runs know it by
- ``LEARNERS``: the classes of scikit-learn's that it answers for
- ``EXTRAS``: names beside the parameters in the ``__dict__`` of a fresh estimator
- ``checked_extras(estimator, extras)``: refuses an estimator that carries what no fresh clone of it would
- ``candidate_of(cls, parameters)``: checks one candidate's parameters, or refuses; the candidate has a
  ``seed`` (None where its numbers are drawn by the engine), a ``source`` that its seed becomes part of,
  ``row_weights(sample_weight)``, how its training rows are weighed, or None, ``check_rows(table, rows,
  responds)``, which refuses training rows that scikit-learn would, or whose responses, where they are asked
  for, are had sooner from it, and ``spec(n_rows, n_columns, table, weights,
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

A learner whose own ``fit`` is answered natively too (the winner's refit is one) has a file in ``_FITS`` with
one or both of

- ``within_search()``: a context of the searching thread, in which such fits are answered
- ``answer_calls(request, answer)``: whether calls that a ``fit`` has handed joblib have been answered

and, where such fits take the place of scikit-learn's in cells too, a ``RULE`` to switch it off by, ``WHY``
that is sound, and ``taking(estimator)``: a function from parameters to whether the estimator has such a fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

# A file a learner, and the packages of the classes that it answers for: it is imported, with these, when one
# such comes; a search over another estimator waits for none of them.
_FILES = {
    "trees": ("sklearn.tree", "sklearn.ensemble"),
    "boosting": ("sklearn.ensemble",),
    "dummy": ("sklearn.dummy",),
}
# These import nothing of scikit-learn's learners before there is such a fit.
_FITS = (
    "forest_fits",
    "boosting_fits",
    "ada_boost_fits",
    "bagging_fits",
    "tree_fits",
    "hist_boosting_fits",
    "network_fits",
)
_HOMES = frozenset(home for homes in _FILES.values() for home in homes)


def is_native(estimator_class: type) -> bool:
    """Whether a learner answers for this class (not for its subclasses: they may do anything)."""
    return learner_of(estimator_class) is not None


def may_follow_transformers(estimator_class: type) -> bool:
    """Whether the class may be a native last step behind shared transformers."""
    learner = learner_of(estimator_class)
    return learner is not None and learner.AFTER_TRANSFORMERS


def learner_of(estimator_class: type) -> Any:
    """The learner that answers for a class; None where there is none."""
    home = ".".join(estimator_class.__module__.split(".", 2)[:2])
    return _by_class(home).get(estimator_class) if home in _HOMES else None


def rules() -> dict[str, str]:
    """The rules of the engine's learners and of native fits, and in one sentence why each is sound."""
    from tenfold import _native  # which asks scikit-learn's version: specs can be had without
    from tenfold._learners import member_rule

    engine = _native.compiled()
    of_fits = {file.RULE: file.WHY for file in _fits() if hasattr(file, "RULE")}
    of_engine = {} if engine is None else {**engine.rules(), member_rule.NAME: member_rule.WHY}
    return {**of_engine, **of_fits}


def rules_of_fits(estimator: Any, candidates: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Per candidate's parameters, the rules by which the estimator's own fit is native in part."""
    taking = {file.RULE: file.taking(estimator) for file in _fits() if hasattr(file, "RULE")}
    return [
        tuple(rule for rule, takes in taking.items() if takes(parameters))
        for parameters in candidates
    ]


@cache
def named(name: str) -> Any:
    """The learner of that name."""
    return next(module for module in map(_module, _FILES) if name == module.NAME)


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
    return tuple(map(_module, _FITS))


def _module(file: str) -> ModuleType:
    return import_module(f"tenfold._learners.{file}")


@cache
def _by_class(home: str) -> dict[type, ModuleType]:
    modules = [_module(file) for file, homes in _FILES.items() if home in homes]
    return {learner: module for module in modules for learner in module.LEARNERS}
