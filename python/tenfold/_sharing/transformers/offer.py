"""Which path, if any, reads the variants of a transformer off one fit.

The registry is asked once a distinct transformer, where the search is planned: what users registered and
switched off is known in their process alone. The offer goes along with the transformer to wherever it is
fitted; there the rows are known, so the path is asked again.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable
from typing import Any, NamedTuple

from tenfold._config import get_config
from tenfold._refusal import Refusal
from tenfold._sharing.key import key_of
from tenfold._sharing.paths.path import Path, Shape, Values
from tenfold._sharing.paths.registry import paths_for, refuse_version


class Offer(NamedTuple):
    """A path over a transformer, the transformer's values, and what it equals but for those."""

    path: Path
    values: Values
    common: Hashable


def offer_of(transformer: Any, shape: Shape) -> Offer | None:
    """The first path that covers a transformer and does not refuse it."""
    disabled = get_config()["disabled_rules"]
    for path in paths_for(transformer):
        if not path.transforms or path.name in disabled:
            continue
        parameters = transformer.get_params(deep=False)
        values = {name: parameters[name] for name in path.parameters if name in parameters}
        try:
            refuse_version(path)
            path.refuse(transformer, values, shape, {})
            common = key_of(_without(transformer, path.parameters), shape.n_samples)
        except Refusal:
            continue
        return Offer(path, values, (path.name, common))
    return None


def family_of(step: Any, shape: Shape) -> Hashable:
    """Equal for steps that are read off one fit on rows of this shape; ``step.key`` for all others."""
    offer: Offer | None = step.offer
    if offer is None:
        return step.key  # type: ignore[no-any-return]
    try:
        offer.path.refuse(step.transformer, offer.values, shape, {})
        return offer.common, offer.path.group(step.transformer, offer.values, shape)
    except Refusal:
        return step.key  # type: ignore[no-any-return]


def shape_of(X: Any, n_samples: int | None = None) -> Shape:
    """The shape of rows, as far as it can be told without looking at values."""
    dimensions = getattr(X, "shape", None)
    if dimensions is None:
        return Shape(len(X) if n_samples is None else n_samples, -1)
    n_rows = dimensions[0] if n_samples is None else n_samples
    return Shape(int(n_rows), int(dimensions[1]) if len(dimensions) == 2 else -1)


def _without(transformer: Any, parameters: tuple[str, ...]) -> Any:
    other = copy.copy(transformer)
    for name in parameters:
        if hasattr(other, name):
            setattr(other, name, None)
    return other
