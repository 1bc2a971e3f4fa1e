"""How much memory a result may take, and blocks that go back to the system when they are done with."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._memory_limit import available

_CHUNK = 16 << 20


class Arena:
    """Hands out arrays cut from anonymous memory maps.

    A block is held from the arrival of its batch until it is copied to its place in the result. The
    heap would keep such blocks until the last of them is freed, and the peak would be twice the
    result; a map goes back to the system with its last array.
    """

    def __init__(self) -> None:
        self._chunk: mmap.mmap | None = None
        self._used = 0

    def empty(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """An uninitialised array."""
        dtype = np.dtype(dtype)
        n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if n_bytes == 0:
            return np.empty(shape, dtype)
        if self._chunk is None or self._used + n_bytes > len(self._chunk):
            self._chunk, self._used = _anonymous_map(max(_CHUNK, n_bytes)), 0
        block = np.frombuffer(self._chunk, np.uint8, n_bytes, self._used)
        self._used += -(-n_bytes // 64) * 64
        array: NDArray[Any] = block.view(dtype).reshape(shape)
        return array

    def copy(self, array: NDArray[Any]) -> NDArray[Any]:
        """The array, copied out of memory that is about to go."""
        block = self.empty(array.shape, array.dtype)
        block[...] = array
        return block


def _anonymous_map(n_bytes: int) -> mmap.mmap:
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    chunk = mmap.mmap(-1, n_bytes, flags=private)
    if hasattr(mmap, "MADV_HUGEPAGE"):  # fewer page faults; only Linux has it
        chunk.madvise(mmap.MADV_HUGEPAGE)
    return chunk


class Budget:
    """Counts what each column holds, and stops before the machine runs out."""

    def __init__(self, max_bytes: int | None = None) -> None:
        self._limit = available() if max_bytes is None else max_bytes
        self._asked = max_bytes is not None
        self._held: dict[str, int] = {}
        self._rows = 0

    def add(self, rows: int, held: dict[str, int]) -> None:
        """Count one batch in."""
        self._rows += rows
        for column, n_bytes in held.items():
            self._held[column] = self._held.get(column, 0) + n_bytes
        total = sum(self._held.values())
        if total > self._limit:
            largest = max(self._held, key=self._held.__getitem__)
            allowed = "max_bytes" if self._asked else "the memory available"
            raise MemoryError(
                f"after {self._rows:,} rows the result takes {_megabytes(total)}, more than {allowed} "
                f"({_megabytes(self._limit)}); column {largest!r} is the largest with "
                f"{_megabytes(self._held[largest])}: select fewer columns or sample the rows"
            )


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"
