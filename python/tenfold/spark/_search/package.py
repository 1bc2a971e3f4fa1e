"""tenfold itself as an archive, for executors without it: the package, what is compiled, and oneTBB."""

from __future__ import annotations

import functools
import io
import os
import zipfile
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import BinaryIO

import tenfold
from tenfold.spark._search.bundle import hash_of

_NEVER_CHANGES = (1980, 1, 1, 0, 0, 0)
_COMPILED = tuple(EXTENSION_SUFFIXES)  # the engine and the kernels


class Blob:
    """Bytes that are sent as they are."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.nbytes = len(content)
        self.digest = hash_of(content)

    def write(self, file: BinaryIO) -> None:
        """Write all bytes."""
        file.write(self._content)


@functools.cache
def package() -> Blob:
    """The archive of this process's own tenfold; equal files give equal bytes."""
    files = {}
    for root in tenfold.__path__:
        for path in sorted(Path(root).rglob("*")):
            if path.suffix in (".py", ".pyi", ".typed") or path.name.endswith(_COMPILED):
                files[os.path.join("tenfold", path.relative_to(root))] = path
    try:
        from tenfold import _engine
    except ImportError:  # then executors run scikit-learn's code, as this process does
        pass
    else:
        # An editable install has what is compiled beside the engine, elsewhere than the Python files.
        for path in Path(_engine.__file__).parent.iterdir():
            if path.name.endswith(_COMPILED):
                files[os.path.join("tenfold", path.name)] = path
        files.update(_one_tbb())
    archived = io.BytesIO()
    with zipfile.ZipFile(archived, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_NEVER_CHANGES)
            entry.external_attr = 0o600 << 16
            # What a higher level would save of some megabytes costs a session's first search more.
            archive.writestr(entry, files[name].read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
        archive.writestr(zipfile.ZipInfo("lib/", date_time=_NEVER_CHANGES), b"")
    return Blob(archived.getvalue())


def _one_tbb() -> dict[str, Path]:
    """The library of the ``tbb`` distribution that the engine is linked to."""
    return {
        os.path.join("lib", file.name): Path(str(file.locate())).resolve()
        for file in metadata.files("tbb") or []
        if file.name == "libtbb.so.12"
    }
