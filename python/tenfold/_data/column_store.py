"""What travels of a column store: its parts, plain arrays that can be mapped where they arrive, or less.

Where most values of a column differ, a store has each of them once, its rank by column and its rank by
row: three numbers where X has one. An :class:`Unbuilt` store is the one, to be built where it arrives.
"""

from __future__ import annotations

import contextlib
import copyreg
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Unbuilt(NamedTuple):
    """What a column store is built of.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_columns)
        X, of type float32 or float64; a store knows float32 alone.
    codes : ndarray of shape (n_rows,)
    n_classes : int
    """

    values: NDArray[np.float32] | NDArray[np.float64]
    codes: NDArray[np.int32]
    n_classes: int

    def build(self) -> Any:
        """The store."""
        return _engine.Dataset(self.values, self.codes, self.n_classes)


def store_of_parts(*parts: Any) -> Any:
    """A column store over these parts, which are viewed and not copied."""
    return _engine.Dataset.of_parts(*parts)


def _reduce(store: Any) -> tuple[Any, ...]:
    return store_of_parts, store.parts()


with contextlib.suppress(ImportError):  # without the engine there are no stores
    from tenfold import _engine

    copyreg.pickle(_engine.Dataset, _reduce)
