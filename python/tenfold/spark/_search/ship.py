"""Sending files to executors, each once a session: by Spark's own distribution of files.

A file is known by the hash of its content, so a second search on the same data sends nothing. Classic
Spark fetches a file once a host and application (``spark.files.useFetchCache``) and serves it from where
the driver keeps it; that place is this user's alone and goes with the process. In local mode nothing is
sent: executors are threads of this machine. Spark Connect takes a copy of the file at once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import Any, BinaryIO, Protocol

from tenfold.spark._frames.stream import is_connect
from tenfold.spark._search.bootstrap import Parcel


class Content(Protocol):
    """Something that can be sent."""

    nbytes: int

    @property
    def digest(self) -> str:
        """Hash of its bytes."""

    def write(self, file: BinaryIO) -> None:
        """Write its bytes."""


class Shipper:
    """What one Spark session has been sent.

    Attributes
    ----------
    bytes_sent : int
        Bytes handed to Spark for distribution; a host fetches them once.
    """

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        self._sent: dict[str, Parcel] = {}
        self._directory = tempfile.mkdtemp(prefix="tenfold-")  # readable by its owner alone
        self.bytes_sent = 0

    def send(self, content: Content) -> Parcel:
        """Have a content reach executors, unless they have it."""
        digest = content.digest
        if digest not in self._sent:
            self._sent[digest] = self._send(content, digest)
        return self._sent[digest]

    def _send(self, content: Content, digest: str) -> Parcel:
        name = f"tenfold-{digest}"
        path = os.path.join(self._directory, name)
        with open(path, "wb") as file:
            content.write(file)
        if is_connect(self._spark):
            self._spark.addArtifacts(path, file=True)
            os.unlink(path)
        elif is_local(self._spark):
            return Parcel(digest, None, path)
        else:
            self._spark.sparkContext.addFile(path)
        self.bytes_sent += content.nbytes
        return Parcel(digest, name, path)

    def close(self) -> None:
        """Remove the driver's copies."""
        shutil.rmtree(self._directory, ignore_errors=True)
        self._sent.clear()


def is_local(spark: Any) -> bool:
    """Whether a session is classic, with executors that are threads of the driver's own machine."""
    if is_connect(spark):
        return False
    master: str = spark.sparkContext.master
    return master.startswith("local") and not master.startswith("local-cluster")


_shippers: dict[str, Shipper] = {}


def shipper_of(spark: Any) -> Shipper:
    """The shipper of a session's application; those of classic applications that have ended are closed."""
    if is_connect(spark):
        key = f"connect {spark.session_id}"
    else:
        key = f"classic {spark.sparkContext.applicationId}"
        for other in [k for k in _shippers if k.startswith("classic") and k != key]:
            _shippers.pop(other).close()
    if key not in _shippers:
        _shippers[key] = Shipper(spark)
    return _shippers[key]


@atexit.register
def _close_all() -> None:
    while _shippers:
        _shippers.popitem()[1].close()
