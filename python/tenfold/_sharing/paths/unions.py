"""ColumnTransformer and FeatureUnion: a part that candidates have in common is fitted once.

The union itself is fitted by scikit-learn's code for each candidate. Where it makes a part ready for its fit,
it is given one whose ``fit_transform`` says what the same part gave before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import sklearn
from sklearn.base import clone

from tenfold._refusal import Refusal
from tenfold._sharing.key import key_of
from tenfold._sharing.paths.path import Path, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    Beside,
    LastFew,
    refuse_fit_params,
    refuse_jobs,
    view_of,
)

# Per union that was read off, by a part's name, what equal parts gave for rows.
_shared: Beside[dict[str, LastFew]] = Beside()


class Parts(Path):
    """The transformers of a ``ColumnTransformer`` or ``FeatureUnion``."""

    name = "parts of a union"
    why = (
        "a part is fitted to its own columns and knows nothing of the others, so one that candidates have in "
        "common is fitted once"
    )
    estimators = ("sklearn.compose.ColumnTransformer", "sklearn.pipeline.FeatureUnion")
    parameters = ("transformers", "transformer_list")
    transforms = True
    reads = "shared"
    warns = "each"
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        refuse_jobs(estimator, "parts")
        if estimator.verbose:
            raise Refusal("each part's fit is printed")
        configured = sklearn.get_config().get("transform_output", "default")
        if hasattr(estimator, "_sklearn_output_config") or configured != "default":
            raise Refusal("its output is no plain array")
        (parts,) = values.values()
        if not isinstance(parts, list) or not all(
            isinstance(part, tuple) and len(part) in (2, 3) for part in parts
        ):
            raise Refusal("scikit-learn refuses these parts")
        for _, transformer, *_ in parts:
            if _works_in_place(transformer):
                raise Refusal("a part may change the rows that others are fitted on")

    def fit_transform(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any, Any]]:
        known: dict[Hashable, tuple[Any, Any]] = {}
        caches: dict[Hashable, LastFew] = {}
        for index, own in enumerate(values):
            (name,) = own
            union = clone(clone(estimator).set_params(**own))
            lent = {}
            unfitted = []
            for part in getattr(union, name):
                lending = _lending(part, known)
                if lending is not None:
                    lent[part[0]] = lending
                # A ColumnTransformer clones its parts, a FeatureUnion fits them themselves.
                if lending is not None and name == "transformer_list":
                    unfitted.append((part[0], lending()))
                else:
                    unfitted.append(part)
            setattr(union, name, unfitted)
            try:
                transformed = union.fit_transform(X, y)
            except Exception:  # as the candidate will say itself
                continue
            for lending in lent.values():
                lending.keep(known)
            _shared.put(
                union, {n: caches.setdefault(one.key, LastFew()) for n, one in lent.items()}
            )
            yield index, union, transformed

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        caches = _shared.get(fitted)
        if caches is None or method != "transform":
            return getattr(fitted, method)(X)
        told = view_of(fitted)
        name = "transformers_" if hasattr(fitted, "transformers_") else "transformer_list"
        parts = [
            (part[0], _telling(part[1], caches[part[0]], X), *part[2:])
            if part[0] in caches
            else part
            for part in getattr(fitted, name)
        ]
        setattr(told, name, parts)
        return told.transform(X)


def _works_in_place(transformer: Any) -> bool:
    if not hasattr(transformer, "get_params") or isinstance(transformer, type):
        return False
    return any(
        name.rpartition("__")[2].startswith("copy") and not value
        for name, value in transformer.get_params().items()
    )


class _Lending:
    """Answers ``clone`` by a part that is fitted already, or by one that is listened to."""

    def __init__(self, part: Any, key: Hashable, known: dict[Hashable, tuple[Any, Any]]) -> None:
        self.key = key
        self._part = part
        self._known = known
        self._made: Any = None
        self._gave: list[Any] = []

    def __call__(self) -> Any:
        vars(self._part).pop("__sklearn_clone__", None)
        if self.key in self._known:
            fitted, gave = self._known[self.key]
            self._made = view_of(fitted, fit_transform=lambda X, y=None, **params: gave)
            return self._made
        made = clone(self._part)
        fit_transform = made.fit_transform

        def listening(X: Any, y: Any = None, **params: Any) -> Any:
            self._gave = [fit_transform(X, y, **params)]
            return self._gave[0]

        vars(made)["fit_transform"] = listening
        self._made = made
        return made

    def keep(self, known: dict[Hashable, tuple[Any, Any]]) -> None:
        """What was fitted is known to the candidates that follow."""
        vars(self._part).pop("__sklearn_clone__", None)
        if self._made is not None:
            vars(self._made).pop("fit_transform", None)
        if self._gave:
            known[self.key] = self._made, self._gave[0]


def _lending(part: tuple[Any, ...], known: dict[Hashable, tuple[Any, Any]]) -> _Lending | None:
    """For a part that can be told from others, and gives at once what it is fitted on."""
    transformer = part[1]
    if not hasattr(transformer, "fit_transform") or isinstance(transformer, type):
        return None
    try:
        lending = _Lending(transformer, (key_of(transformer), key_of(list(part[2:]))), known)
    except Refusal:
        return None
    vars(transformer)["__sklearn_clone__"] = lending
    return lending


def _telling(part: Any, cache: LastFew, X: Any) -> Any:
    """A fitted part that knows what an equal one gave for the same rows."""
    return view_of(
        part,
        transform=lambda own, **params: cache.get(X, lambda: part.transform(own, **params)),
    )


PATHS = (Parts,)
