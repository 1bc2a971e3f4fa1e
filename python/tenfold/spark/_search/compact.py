"""What travels in place of something larger, and is built where it arrives, once a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tenfold._data.column_store import Unbuilt

if TYPE_CHECKING:  # it imports scikit-learn, which an executor may do without
    from tenfold._data.table import Table


class RowBits(NamedTuple):
    """Ascending row numbers of a split as one bit a row."""

    bits: NDArray[np.uint8]

    def build(self) -> NDArray[np.int64]:
        """The row numbers."""
        return np.flatnonzero(np.unpackbits(self.bits)).astype(np.int64, copy=False)


def compact_rows(one: Any) -> Any:
    """Row numbers as bits where that is less and gives the same back; anything else as it is."""
    if (
        type(one) is not np.ndarray
        or one.ndim != 1
        or one.dtype != np.dtype(np.int64)
        or not len(one)
    ):
        return one
    first, last = int(one[0]), int(one[-1])
    if first < 0 or last + 1 >= 64 * len(one) or not (one[1:] > one[:-1]).all():
        return one
    is_in = np.zeros(last + 1, dtype=bool)
    is_in[one] = True
    return RowBits(np.packbits(is_in))


def compact_store(table: Table, *, has_x: bool) -> Any:
    """The smallest of what makes a table's store: its parts, X where that travels anyway, X as float32."""
    of_x = has_x and table.takes_x_as_given
    to_send = table.codes.nbytes
    if not of_x:
        to_send += table.n_rows * table.n_columns * np.dtype(np.float32).itemsize
    return table.unbuilt(of_x=of_x) if to_send < table.store.nbytes else table.store


def is_compact(one: Any) -> bool:
    """Whether this is to be built before it is used."""
    return isinstance(one, RowBits | Unbuilt)
