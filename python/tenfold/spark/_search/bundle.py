"""Bundles: pickled objects in one block of bytes, their arrays laid out to be used where they lie.

A bundle is what travels to executors, as a file or inside of a task. It is known by the hash of its bytes.
Objects in it are read one by one; an array is a view of the block (read-only where the block is a
memory-mapped file), so all processes of a host share one copy.

Layout: a line of JSON that says where each object's pickle and its buffers lie, then these, each at a
multiple of 64 bytes. Objects may refer to *shared* objects by name; whoever reads says what these are.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

Name = int | str

_ALIGNMENT = 64


class Bundle:
    """Objects ready to be written: pickles, and the buffers of their arrays as they are in memory.

    Parameters
    ----------
    objects : sequence
        Each is pickled by itself, classes and functions of ``__main__`` by value.
    shared : mapping of int to int or str, optional
        By ``id``, objects that are not pickled but referred to by this name. Whoever makes the bundle
        keeps them alive.
    """

    def __init__(self, objects: Sequence[Any], shared: Mapping[int, Name] | None = None) -> None:
        places = []
        parts: list[memoryview] = []
        offset = 0
        for one in objects:
            pickled, buffers = _pickled(one, shared or {})
            place = []
            for part in (memoryview(pickled), *buffers):
                offset += -offset % _ALIGNMENT
                place.append([offset, part.nbytes])
                offset += part.nbytes
                parts.append(part)
            places.append(place)
        self._header = _header(places)
        self._parts = parts
        self.nbytes = len(self._header) + offset

    @property
    def digest(self) -> str:
        """Hash of all bytes, in hexadecimal digits."""
        digest = _hash()
        for chunk in self._chunks():
            digest.update(chunk)
        return _hexadecimal(digest)

    def write(self, file: BinaryIO) -> None:
        """Write all bytes; arrays go from where they are, without a copy of the whole."""
        for chunk in self._chunks():
            file.write(chunk)

    def to_bytes(self) -> bytes:
        """All bytes at once."""
        file = io.BytesIO()
        self.write(file)
        return file.getvalue()

    def _chunks(self) -> Iterator[bytes | memoryview]:
        yield self._header
        offset = 0
        for part in self._parts:
            if padding := -offset % _ALIGNMENT:
                yield bytes(padding)
            yield part
            offset += padding + part.nbytes


class Reader:
    """Reads the objects of a bundle that lies in memory or in a memory-mapped file."""

    def __init__(self, block: Any) -> None:
        self._block = memoryview(block)
        line_end = bytes(self._block[:_LENGTH_DIGITS])
        self._start = int(line_end)
        self._places = json.loads(bytes(self._block[_LENGTH_DIGITS : self._start]))

    def __len__(self) -> int:
        return len(self._places)

    def read(self, number: int, shared: Callable[[Any], Any] | None = None) -> Any:
        """Unpickle one object; ``shared`` gives the objects that it refers to."""
        pickled, *buffers = [self._part(*place) for place in self._places[number]]
        unpickler = _Unpickler(io.BytesIO(pickled), buffers=buffers)
        unpickler.shared = shared
        return unpickler.load()

    def _part(self, offset: int, size: int) -> memoryview:
        begin = self._start + offset
        return self._block[begin : begin + size]


_LENGTH_DIGITS = 16


def _header(places: list[list[list[int]]]) -> bytes:
    text = json.dumps(places, separators=(",", ":")).encode()
    length = _LENGTH_DIGITS + len(text)
    length += -length % _ALIGNMENT
    return (f"{length:0{_LENGTH_DIGITS}d}".encode() + text).ljust(length)


def _hash() -> Any:
    return hashlib.blake2b(digest_size=20)


def hash_of(block: Any) -> str:
    """The digest of the bundle that these bytes are."""
    digest = _hash()
    digest.update(block)
    return _hexadecimal(digest)


def _hexadecimal(digest: Any) -> str:
    digits: str = digest.hexdigest()
    return digits


def _pickled(one: Any, shared: Mapping[int, Name]) -> tuple[bytes, list[memoryview]]:
    file = io.BytesIO()
    buffers: list[pickle.PickleBuffer] = []
    pickler = _pickler()(file, protocol=5, buffer_callback=buffers.append)
    pickler.shared = shared
    pickler.dump(one)
    return file.getvalue(), [buffer.raw() for buffer in buffers]


@functools.cache
def _pickler() -> Any:
    from pyspark import cloudpickle

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
        shared: Mapping[int, Name]

        def persistent_id(self, item: Any) -> Name | None:
            return self.shared.get(id(item))

    return Pickler


class _Unpickler(pickle.Unpickler):
    shared: Callable[[Any], Any] | None = None

    def persistent_load(self, name: Any) -> Any:
        if self.shared is None:
            raise pickle.UnpicklingError(f"shared object {name} is not there")
        return self.shared(name)
