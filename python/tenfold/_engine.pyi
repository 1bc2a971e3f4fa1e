"""The compiled engine: plain specs in, plain arrays out.

Nothing here knows scikit-learn. Arrays are copied at construction unless stated otherwise; every call
that computes releases the GIL.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What learners add, a line each.
from tenfold._learners.boosting_engine import *
from tenfold._learners.dummy_engine import *
from tenfold._learners.forest_engine import *
from tenfold._learners.ordered_forest_engine import *

__version__: str

def instruction_set() -> str:
    """Name of the instruction set that the hot loops run with here: "baseline", "avx2" or "avx512"."""

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

class Learner:
    """Specs of one learner, checked: what can be planned and searched."""

    @property
    def n_specs(self) -> int: ...

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

def ordered_dataset(
    X: NDArray[np.float32] | NDArray[np.float64],  # (n_rows, n_columns), any strides; may hold NaN
    y: NDArray[np.float64] | NDArray[np.int32],  # targets, or class codes
    n_classes: int = ...,  # of class codes
) -> Dataset:
    """A data set for growth in scikit-learn's order of samples."""

def target_dataset(
    y: NDArray[np.float64] | NDArray[np.int32],  # targets, or class codes
    n_columns: int,
    n_classes: int = ...,  # of class codes
) -> Dataset:
    """A data set for learners that read no columns."""

def has_infinite(dataset: Dataset) -> bool:
    """Whether X of an ordered data set has infinite values; it can't be learnt from then."""

def n_distinct(dataset: Dataset) -> int:
    """Distinct values of an ordered data set, of all columns together."""

def has_missing(dataset: Dataset) -> bool:
    """Whether X of an ordered data set has missing values."""

class MersenneTwister:
    """The state of NumPy's ``RandomState``."""

    def __init__(self, words: NDArray[np.uint32], n_used: int) -> None: ...
    def words(self) -> NDArray[np.uint32]:
        """(624,): the words that numbers are made of."""
    @property
    def n_used(self) -> int:
        """How many of them are used up."""
