"""Sending files to executors, each once an application: by Spark's own distribution of files.

A file is known by the hash of its content, so a second search on the same data sends nothing. Classic
Spark fetches a file once a host and application (``spark.files.useFetchCache``) and serves it from where
the driver keeps it. In local mode nothing is sent: executors are threads of this machine. Spark Connect
takes a copy of the file at once.

Every job of an application has its tasks fetch every file that is listed as it begins, the user's own
jobs' too, and nothing public takes a file back. So files are on the application's list only until the job
that needs them has begun, and off it otherwise (``listing``). Some data sets are kept, here and on
executors, for the next search; what is older goes, and what a failed search sent goes at once.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

from tenfold.spark._frames.stream import is_connect
from tenfold.spark._search.bootstrap import Dropped, Parcel
from tenfold.spark._search.listing import Listing
from tenfold.spark._search.package import package

# Bytes of data sets that nobody uses and that are kept all the same.
_KEPT_BYTES = 1 << 30
# So many parcels of whatever size.
_KEPT_PARCELS = 64
_PREFIX = "tenfold-sent-"


class Content(Protocol):
    """Something that can be sent."""

    nbytes: int

    @property
    def digest(self) -> str:
        """Hash of its bytes."""

    def write(self, file: BinaryIO) -> None:
        """Write its bytes."""


class _Sent:
    """A parcel, its size, the searches that use it now, and those of them whose job has not begun."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.parcel: Parcel | None = None
        self.nbytes = 0
        self.users = 0
        self.waiting = 0


class Shipper:
    """What one Spark session has been sent.

    Attributes
    ----------
    directory : str
        Where the driver keeps them.
    bytes_sent : int
        Bytes handed to Spark for distribution; a host fetches them once.
    """

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        # By digest; those used last are last.
        self._sent: dict[str, _Sent] = {}
        self._changing = threading.RLock()
        self.directory = _own_directory(spark)
        self._listing = None if is_connect(spark) or is_local(spark) else Listing(spark)
        self._dropped: dict[str, Dropped] = {}
        self.bytes_sent = 0

    @contextlib.contextmanager
    def shipment(self) -> Iterator[Shipment]:
        """What one search sends: there for executors until it is over, and dropped where it fails."""
        shipment = Shipment(self)
        try:
            yield shipment
        except BaseException:
            shipment.begun()
            ours = package().digest  # no data: the next search wants it too
            self._release([one for one in shipment.digests if one == ours], keep=True)
            self._release([one for one in shipment.digests if one != ours], keep=False)
            raise
        shipment.begun()
        self._release(shipment.digests, keep=True)

    def send(self, content: Content) -> Parcel:
        """Have a content reach executors, unless they have it."""
        with self.shipment() as shipment:
            return shipment.send(content)

    def take(self, content: Content, digest: str) -> Parcel:
        """The parcel of a content, sent by the first thread to ask, and now used once more."""
        with self._changing:
            sent = self._sent.pop(digest, None) or _Sent()
            self._sent[digest] = sent
            self._dropped.pop(digest, None)
            sent.users += 1
            sent.waiting += 1
        with sent.lock:  # others wait until the file is whole
            if sent.parcel is None:
                try:
                    sent.parcel, sent.nbytes = self._send(content, digest), content.nbytes
                except BaseException:
                    self.unlist([digest])
                    self._release([digest], keep=False)
                    raise
        with self._changing:
            if self._listing is not None and sent.parcel.sent_as is not None:
                self._listing.put_back(sent.parcel.sent_as)
        return sent.parcel

    def _send(self, content: Content, digest: str) -> Parcel:
        name = f"tenfold-{digest}"
        path = os.path.join(self.directory, name)
        # Under its own name once it is whole: an executor on this machine may link it.
        with open(f"{path}.unfinished", "wb", opener=_for_the_owner) as file:
            content.write(file)
        os.rename(f"{path}.unfinished", path)
        if is_connect(self._spark):
            self._spark.addArtifacts(path, file=True)
            os.unlink(path)
        elif self._listing is None:
            return Parcel(digest, None, path)
        else:
            self._listing.add(path)
        self.bytes_sent += content.nbytes
        return Parcel(digest, name, path)

    def unlist(self, digests: list[str]) -> None:
        """A search's job has begun, with the list as it was then, or never will: take its files off."""
        with self._changing:
            for digest in digests:
                sent = self._sent[digest]
                sent.waiting -= 1
                if not sent.waiting and self._listing is not None and sent.parcel is not None:
                    self._listing.take_off(f"tenfold-{digest}")

    def _release(self, digests: list[str], *, keep: bool) -> None:
        """A search is over: drop what is not kept."""
        with self._changing:
            for digest in digests:
                sent = self._sent[digest]
                sent.users -= 1
                if not sent.users and not keep:
                    self._drop(digest)
            idle = [digest for digest, sent in self._sent.items() if not sent.users]
            while idle and (
                len(idle) > _KEPT_PARCELS
                or sum(self._sent[digest].nbytes for digest in idle) > _KEPT_BYTES
            ):
                self._drop(idle.pop(0))

    def _drop(self, digest: str) -> None:
        parcel = self._sent.pop(digest).parcel
        if is_connect(self._spark):  # an artifact stays with its session: nothing takes it back
            if parcel is not None:
                self._sent[digest] = _Sent()
                self._sent[digest].parcel = parcel
            return
        name = f"tenfold-{digest}"
        for path in (name, f"{name}.unfinished"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.directory, path))
        cached = None if self._listing is None else self._listing.cached_as(name)
        self._dropped[digest] = Dropped(digest, name, cached)

    @property
    def dropped(self) -> list[Dropped]:
        """What executors need not keep any more."""
        with self._changing:
            return list(self._dropped.values())

    def close(self) -> None:
        """Remove the driver's copies."""
        shutil.rmtree(self.directory, ignore_errors=True)
        with self._changing:
            self._sent.clear()


class Shipment:
    """What one search has sent.

    Attributes
    ----------
    digests : list of str
    """

    def __init__(self, shipper: Shipper) -> None:
        self._shipper = shipper
        self._has_begun = False
        self.digests: list[str] = []

    def send(self, content: Content) -> Parcel:
        """Have a content reach executors, unless they have it."""
        digest = content.digest
        parcel = self._shipper.take(content, digest)
        self.digests.append(digest)
        return parcel

    def begun(self) -> None:
        """The job has begun: no other need ask for these files."""
        if not self._has_begun:
            self._has_begun = True
            self._shipper.unlist(self.digests)


def _own_directory(spark: Any) -> str:
    """A directory of the owner's alone, below ``spark.local.dir``.

    That of a classic session lies in the one that its JVM removes when it ends, however this process
    does. On Connect files are here for as long as the server takes to copy them; what a process left
    that was killed meanwhile is removed by the next.
    """
    if not is_connect(spark):
        return tempfile.mkdtemp(prefix=_PREFIX, dir=spark.sparkContext._temp_dir)
    common = tempfile.gettempdir()
    for name in os.listdir(common):
        if name.startswith(_PREFIX):
            _remove_if_left(os.path.join(common, name))
    return tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=common)


def _remove_if_left(directory: str) -> None:
    process = os.path.basename(directory).removeprefix(_PREFIX).partition("-")[0]
    with contextlib.suppress(OSError):
        is_ours = os.lstat(directory).st_uid == os.getuid()
        if is_ours and process.isdigit() and not os.path.exists(f"/proc/{process}"):
            shutil.rmtree(directory, ignore_errors=True)


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def is_local(spark: Any) -> bool:
    """Whether a session is classic, with executors that are threads of the driver's own machine."""
    if is_connect(spark):
        return False
    master: str = spark.sparkContext.master
    return master.startswith("local") and not master.startswith("local-cluster")


_shippers: dict[str, Shipper] = {}
_making = threading.Lock()


def shipper_of(spark: Any) -> Shipper:
    """The shipper of a session's application; those of classic applications that have ended are closed."""
    if is_connect(spark):
        key = f"connect {spark.session_id}"
    else:
        key = f"classic {spark.sparkContext.applicationId}"
    with _making:
        if key.startswith("classic"):
            for other in [k for k in _shippers if k.startswith("classic") and k != key]:
                _shippers.pop(other).close()
        if key not in _shippers:
            _shippers[key] = Shipper(spark)
        return _shippers[key]


@atexit.register
def _close_all() -> None:
    while _shippers:
        _shippers.popitem()[1].close()
