"""The compiled engine: plain specs in, plain arrays out.

Nothing here knows scikit-learn. Arrays are copied at construction unless stated otherwise; every call
that computes releases the GIL.
"""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

__version__: str

def instruction_set() -> str:
    """Name of the instruction set that the hot loops run with here: "baseline", "avx2" or "avx512"."""

class GrownTree(TypedDict):
    """One grown tree in the layout of scikit-learn's ``Tree.__setstate__``."""

    nodes: NDArray[np.uint8]  # (n_nodes * 64,), to be viewed as scikit-learn's NODE_DTYPE
    values: NDArray[np.float64]  # (n_nodes, 1, n_classes), class fractions
    max_depth: int

class Dataset:
    """Column store of one data set: per column the sorted distinct values, per cell its rank among them."""

    def __init__(
        self,
        X: NDArray[np.float32] | NDArray[np.float64],  # (n_rows, n_columns), any strides
        y: NDArray[np.int32],  # (n_rows,), class codes in [0, n_classes)
        n_classes: int,
    ) -> None: ...
    @property
    def all_finite(self) -> bool:
        """False where X has NaN or a value beyond float32; nothing else of the store may then be used."""
    @property
    def n_rows(self) -> int: ...
    @property
    def n_columns(self) -> int: ...
    @property
    def n_classes(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    def parts(
        self,
    ) -> tuple[
        int,
        NDArray[np.uint16],
        NDArray[np.uint8],
        list[NDArray[np.float32]],
        list[NDArray[np.uint8]],
    ]:
        """The arrays that make up the store, as read-only views: the arguments of :meth:`of_parts`."""
    @staticmethod
    def of_parts(
        n_classes: int,
        labels: NDArray[np.uint16],
        row_records: NDArray[np.uint8],
        values: list[NDArray[np.float32]],
        ranks: list[NDArray[np.uint8]],
    ) -> Dataset:
        """A store over the parts of another one, which are viewed and not copied.

        The arrays are held for as long as the store is there. ValueError where they are not those of a store.
        """

class ForestSpec:
    """One forest (or tree) to grow, every parameter resolved to what the builder uses for this split."""

    def __init__(
        self,
        *,
        splitter: str,  # "best" or "random"
        criterion: str,  # "gini" or "entropy"
        n_estimators: int,
        max_features: int,
        max_depth: int,  # 2**31 - 1 where unlimited
        min_samples_split: int,
        min_samples_leaf: int,
        min_weight_leaf: float,
        min_impurity_decrease: float,
        ccp_alpha: float,
        bootstrap: bool,
        max_samples: int,  # rows drawn with replacement for a tree; ignored without bootstrap
        seed_source: int,  # index into the request's seed sources; -1: free (no random_state)
        weights: int = -1,  # which of the learner's probabilities draw the bootstrap; -1: all rows alike
    ) -> None: ...

class SeedSource:
    """Where the trees of a seeded forest take their random numbers from.

    ``tree_seeds[t]`` seeds NumPy's legacy generator for tree ``t``. A single tree given a ``RandomState``
    has no seed of its own: ``splitter_state`` is then the splitter's first draw.
    """

    def __init__(
        self, tree_seeds: NDArray[np.uint32], splitter_state: int | None = None
    ) -> None: ...

class Learner:
    """Specs of one learner, checked: what can be planned and searched."""

    @property
    def n_specs(self) -> int: ...

def forest_learner(
    specs: Sequence[ForestSpec],
    seed_sources: Sequence[SeedSource],
    probabilities: Sequence[Sequence[NDArray[np.float64]]] = (),  # (kind, split): added up
) -> Learner:
    """The learner of classification trees and forests."""

def largest_bootstrap(n_rows: int) -> int:
    """The most draws of a tree's bootstrap from so many rows that the engine can count exactly."""

def rules() -> dict[str, str]:
    """Every sharing rule of every learner, and in one sentence why it is sound."""

def plan(
    learner: Learner,
    dataset: Dataset,
    split_sizes: Sequence[tuple[int, int]],  # (train rows, test rows)
    cells: NDArray[np.int32],  # (n_cells, 2): spec, split
    *,
    score_train: bool = False,
    keep_responses: bool = False,
    disabled_rules: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Families of cells that share work, the longest first, without a search.

    Each has its ``split``; its ``cells`` and, per cell, its place in ``members`` and ``steps``; ``rules``;
    ``contract``; ``n_members``, ``n_steps`` and ``n_fits``; ``steps_asked`` and ``steps_done``;
    ``predicted_seconds`` on one core, and ``predicted_seconds_apart`` were every cell fitted alone;
    ``nbytes`` that it holds, and ``nbytes_a_thread``.
    """

class Search:
    """A table of cells (spec, split), planned into families when constructed."""

    def __init__(
        self,
        dataset: Dataset,
        learner: Learner,
        splits: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],  # (train rows, test rows)
        cells: NDArray[np.int32],  # (n_cells, 2): spec, split
        *,
        repeats: Sequence[int] = (),  # per split, how many earlier ones train on the same rows
        free_seed: int = 0,  # master seed of the specs without a seed
        metric: str = "none",  # or "accuracy", of class codes
        score_train: bool = False,
        keep_responses: bool = False,  # until they are taken
        disabled_rules: Sequence[str] = (),
        waiting_bytes: int = 0,  # responses that wait to be taken, before threads wait; 0: no limit
    ) -> None: ...
    def families(self) -> list[dict[str, Any]]:
        """The plan, as :func:`plan` gives it."""
    def family_seconds(self) -> NDArray[np.float64]:
        """(n_families,): seconds spent on each, all threads together; complete once all is done."""
    def leave_out(self, cells: Sequence[int]) -> None:
        """Cells that are answered already, before ``start``: families that have no others are not run."""
    def start(self, n_threads: int) -> None:
        """Begin in the background; at most ``n_threads`` threads."""
    def wait(self, seconds: float) -> bool:
        """Wait at most so long; True when every cell is done (or the run was cancelled)."""
    def cancel(self) -> None:
        """Ask the run to stop and wait until no thread of it is left."""
    def progress(self) -> float:
        """Share of the predicted cost that is done, in [0, 1]."""
    def spans(self) -> NDArray[np.float64]:
        """(n_spans, 4): family, thread, begin and end in seconds since the start, of what threads did."""
    def finished(self) -> NDArray[np.int32]:
        """Cells finished since the last call."""
    def scores(self) -> NDArray[np.float64]:
        """(n_cells, 2): scores on the test and train rows; NaN where not computed."""
    def responses(self, cell: int, train: bool = False, *, n_outputs: int) -> NDArray[np.float64]:
        """(n_rows of that part, n_outputs), moved out of the search: can be taken once."""
    def seconds(self) -> NDArray[np.float64]:
        """(n_cells, 2): each cell's share of the fit and score time spent."""

def grow(
    dataset: Dataset,
    spec: ForestSpec,
    seed_source: SeedSource,
    rows: NDArray[np.int64],
    n_threads: int,
    first_tree: int = 0,
    probabilities: NDArray[np.float64] | None = None,  # by which rows are drawn, added up
) -> list[GrownTree]:
    """Grow trees ``first_tree .. n_estimators - 1`` of a seeded forest on those rows."""

def ordered_dataset(
    X: NDArray[np.float32] | NDArray[np.float64],  # (n_rows, n_columns), any strides; may hold NaN
    y: NDArray[np.float64] | NDArray[np.int32],  # targets, or class codes
    n_classes: int = ...,  # of class codes
) -> Dataset:
    """A data set for growth in scikit-learn's order of samples."""

def has_infinite(dataset: Dataset) -> bool:
    """Whether X of an ordered data set has infinite values; it can't be learnt from then."""

def has_missing(dataset: Dataset) -> bool:
    """Whether X of an ordered data set has missing values."""

class OrderedForestSpec:
    """One forest (or tree) to grow in scikit-learn's order of samples."""

    def __init__(
        self,
        *,
        splitter: str,  # "best" or "random"
        criterion: str,  # "squared_error", "poisson", "gini" or "entropy"
        n_estimators: int,
        max_features: int,
        max_depth: int,  # 2**31 - 1 where unlimited
        min_samples_split: int,
        min_samples_leaf: int,
        min_weight_leaf: float,
        min_impurity_decrease: float,
        max_leaf_nodes: int,  # 0: no limit
        ccp_alpha: float,
        bootstrap: bool,
        max_samples: int,
        weighting: str,  # "none", "grow", "draw" or "subsample"
        weights: int,  # which weights of the learner's; -1: none
        seed_source: int,  # index into the request's seed sources; -1: free
        monotonic: Sequence[int] = (),  # -1, 0 or 1 a column; of classes, of the first of two
    ) -> None: ...

def ordered_forest_learner(
    specs: Sequence[OrderedForestSpec],
    seed_sources: Sequence[SeedSource],
    weights: Sequence[Sequence[NDArray[np.float64]]],  # (kind, split)
) -> Learner:
    """The learner of forests that are grown in scikit-learn's order of samples."""

def grow_ordered(
    dataset: Dataset,
    spec: OrderedForestSpec,
    seed_source: SeedSource,
    weights: NDArray[np.float64] | None,
    n_threads: int,
) -> list[GrownTree]:
    """The trees of a seeded forest over all rows of an ordered data set."""

class MersenneTwister:
    """The state of NumPy's ``RandomState``."""

    def __init__(self, words: NDArray[np.uint32], n_used: int) -> None: ...
    def words(self) -> NDArray[np.uint32]:
        """(624,): the words that numbers are made of."""
    @property
    def n_used(self) -> int:
        """How many of them are used up."""

class BoostingSpec:
    """One boosted model to fit."""

    def __init__(
        self,
        *,
        loss: str,  # by scikit-learn's name
        alpha: float,  # the quantile of "huber" and "quantile"
        n_estimators: int,
        learning_rate: float,
        n_in_bag: int,  # rows drawn a stage; 0: all, and nothing is drawn
        max_features: int,
        max_depth: int,  # 2**31 - 1 where unlimited
        min_samples_split: int,
        min_samples_leaf: int,
        min_weight_leaf: float,
        min_impurity_decrease: float,
        max_leaf_nodes: int,  # 0: no limit
        ccp_alpha: float,
        start: int,  # which of the learner's starts
        weights: int,  # which of the learner's weights; -1: none
        seed_source: int,  # index into the learner's generators; -1: free
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

def grow_ordered_tree(
    dataset: Dataset, weights: NDArray[np.float64] | None, **parameters: Any
) -> GrownTree:
    """One tree over all rows of an ordered data set; for tests."""
