"""The arguments of the engine's specs of trees and forests, but for their seed sources."""

from __future__ import annotations

from typing import Any, NamedTuple


class SpecArguments(NamedTuple):
    """Of a ForestSpec: class weights are counts, and every sum is exact."""

    splitter: str
    criterion: str
    n_estimators: int
    max_features: int
    max_depth: int
    min_samples_split: int
    min_samples_leaf: int
    min_weight_leaf: float
    min_impurity_decrease: float
    ccp_alpha: float
    bootstrap: bool
    max_samples: int
    drawn_by: int = -1

    def engine_spec(self, engine: Any, seed_source: int) -> Any:
        """The engine's spec."""
        return engine.ForestSpec(**self._asdict(), seed_source=seed_source)

    def weighing(self, place: int) -> SpecArguments:
        """The same with the weights at this place of the learner's."""
        return self._replace(drawn_by=place)

    @staticmethod
    def learner(engine: Any, specs: list[Any], seeds: list[Any], weights: Any) -> Any:
        """The engine's learner of such specs."""
        return engine.forest_learner(specs, seeds, weights)


class OrderedArguments(NamedTuple):
    """Of an OrderedForestSpec: sums depend on the order of samples, or values are missing."""

    splitter: str
    criterion: str
    n_estimators: int
    max_features: int
    max_depth: int
    min_samples_split: int
    min_samples_leaf: int
    min_weight_leaf: float
    min_impurity_decrease: float
    max_leaf_nodes: int  # 0: no limit
    ccp_alpha: float
    bootstrap: bool
    max_samples: int
    weighting: str = "none"
    weights: int = -1
    monotonic: tuple[int, ...] = ()

    def engine_spec(self, engine: Any, seed_source: int) -> Any:
        """The engine's spec."""
        return engine.OrderedForestSpec(**self._asdict(), seed_source=seed_source)

    def weighing(self, place: int) -> OrderedArguments:
        """The same with the weights at this place of the learner's."""
        return self._replace(weights=place)

    @staticmethod
    def learner(engine: Any, specs: list[Any], seeds: list[Any], weights: Any) -> Any:
        """The engine's learner of such specs."""
        return engine.ordered_forest_learner(specs, seeds, weights)
