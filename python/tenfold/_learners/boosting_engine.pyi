"""The engine's learner of boosted models."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from tenfold._engine import Dataset, Learner, MersenneTwister
from tenfold._learners.trees_engine import GrownTree, TreeArguments

class BoostingSpec:
    """One boosted model to fit."""

    def __init__(
        self,
        *,
        loss: str,  # by scikit-learn's name
        alpha: float,  # the quantile of "huber" and "quantile"
        learning_rate: float,
        n_in_bag: int,  # rows drawn a stage; 0: all, and nothing is drawn
        max_leaf_nodes: int,  # 0: no limit
        start: int,  # which of the learner's starts
        **limits: Unpack[TreeArguments],
    ) -> None: ...

def boosting_learner(
    specs: Sequence[BoostingSpec],
    generators: Sequence[MersenneTwister],
    starts: Sequence[Sequence[NDArray[np.float64]]],  # (kind, split): raw predictions of any row
    weights: Sequence[Sequence[NDArray[np.float64]]],  # (kind, split)
) -> Learner:
    """The learner of boosted models."""

class BoostedModel(TypedDict):
    """A boosted model over all rows of a data set."""

    trees: list[GrownTree]  # stage by stage, in each by output
    n_outputs: int
    train_losses: NDArray[np.float64]  # (n_stages,): mean loss in bag after each stage
    other_losses: NDArray[
        np.float64
    ]  # (n_stages + 1,): out of bag, before the first and after each
    generator: MersenneTwister  # after the last stage

def boost(
    dataset: Dataset,  # ordered
    spec: BoostingSpec,
    generator: MersenneTwister,
    raw: NDArray[np.float64],  # (n_rows * n_outputs,): what it starts from
    weights: NDArray[np.float64] | None,
) -> BoostedModel:
    """Fit a boosted model; Ctrl-C is taken between its stages."""

def boosting_gradients(
    loss: str,
    parameter: float,  # the quantile of "quantile", the delta of "huber"
    n_outputs: int,
    targets: NDArray[np.float64],
    raw: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(n_rows * n_outputs,): negative gradients at these raw predictions."""

def boosting_losses(
    loss: str,
    parameter: float,
    n_outputs: int,
    targets: NDArray[np.float64],
    raw: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(n_rows,): the loss of each row."""
