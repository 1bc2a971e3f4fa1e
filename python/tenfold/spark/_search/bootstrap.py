"""The first code of a task on an executor: find the files sent along, tenfold itself, and equal versions.

Sent by value, since tenfold need not be installed on executors; so it uses the standard library, PyArrow and
PySpark, and imports tenfold only once :func:`_provide` has seen to that.

Files are kept in a directory that only this user can read or write, named by the hash of their content,
shared by all executors of the application on this host. A file is checked against its hash before it gets
its name, and nothing is read under another name.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib
import io
import mmap
import os
import pickle
import platform
import shutil
import socket
import stat
import struct
import sys
import tempfile
import traceback
import types
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple


class Parcel(NamedTuple):
    """A file that travels to executors.

    Attributes
    ----------
    digest : str
        Hash of its content, and its name where it is kept.
    sent_as : str or None
        Name by which Spark knows it; None where Spark did not carry it.
    path : str
        Where the driver keeps it, of use where executors are on the driver's own machine.
    """

    digest: str
    sent_as: str | None
    path: str


class Dropped(NamedTuple):
    """A file that the driver has no use for any more.

    Attributes
    ----------
    digest : str
    sent_as : str
        Name by which Spark knew it.
    cached_as : str or None
        Name of the copy that a host's executors have in common.
    """

    digest: str
    sent_as: str
    cached_as: str | None


class Requirements(NamedTuple):
    """What an executor's Python must have.

    Attributes
    ----------
    versions : dict of str to (str, bool)
        Per distribution its version, and whether it must be the very same one; otherwise the first two
        numbers must agree.
    python : str
    machine : str
    """

    versions: dict[str, tuple[str, bool]]
    python: str
    machine: str


class Order(NamedTuple):
    """All that the tasks of one search share.

    Attributes
    ----------
    parcels : list of Parcel
        Bundles of data.
    package : Parcel
        tenfold itself.
    requirements : Requirements
    shared : bytes
        Bundle of what tasks share: first, per shared object, where it lies (the digest of its parcel, or
        "" for this bundle) and at which place there; then the objects.
    work : bytes
        Bundle of the tasks.
    most_failures : int
        Times that Spark tries a task.
    name : str
        No other order of the application has it.
    dropped : list of Dropped
        Files of earlier orders, to be removed.
    directory : str or None
        Where executors are to keep files, where that is the driver's to say (local mode).
    """

    parcels: list[Parcel]
    package: Parcel
    requirements: Requirements
    shared: bytes
    work: bytes
    most_failures: int
    name: str
    dropped: list[Dropped]
    directory: str | None = None


class Files(NamedTuple):
    """The files of the application on this host, for the code that a task runs.

    Attributes
    ----------
    open_parcel : callable
        Maps a parcel into memory.
    open_made : callable
        Maps a file of this name, which it has a function write if nobody has.
    directory : str
        Where they are; this user's alone.
    """

    open_parcel: Callable[[Parcel], mmap.mmap]
    open_made: Callable[[str, Callable[[BinaryIO], None]], mmap.mmap]
    directory: str


class WrongVersion(RuntimeError):
    """An executor's Python cannot give the driver's results; names host, package and both versions."""


def adder(order: Order, accumulator: Any, job: str) -> Callable[[Iterator[int]], None]:
    """The function that classic Spark is to run: numbers of tasks come in, outcomes are added up."""

    def add(numbers: Iterator[int]) -> None:
        for number in numbers:
            accumulator.add([(job, number, _outcome(order, number))])

    return add


def performer(order: Order) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """The function that Connect is to run: numbers of tasks come in, (task, pickled outcome) go out."""

    def perform(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield _row(number, _outcome(order, number))

    return perform


def _row(number: int, payload: bytes) -> Any:
    """A record batch of one row, put together from its buffers.

    ``pa.array`` would import pandas to ask whether it was given some, half a second in every new worker.
    """
    import pyarrow as pa

    numbers = [None, pa.py_buffer(struct.pack("<q", number))]
    payloads = [None, pa.py_buffer(struct.pack("<ii", 0, len(payload))), pa.py_buffer(payload)]
    return pa.record_batch(
        [
            pa.Array.from_buffers(pa.int64(), 1, numbers),
            pa.Array.from_buffers(pa.binary(), 1, payloads),
        ],
        names=["task", "outcome"],
    )


def _outcome(order: Order, number: int) -> bytes:
    """A pickled outcome: ("done", result), ("refused", why), ("died", call) or ("raised", error, traceback).

    Errors are the driver's to raise: were they raised here, Spark would try the task again.
    """
    vars(_state())["directory"] = order.directory
    _remove(order)
    try:
        _provide(order)
    except WrongVersion as error:
        return pickle.dumps(("refused", str(error)))
    work = importlib.import_module("tenfold.spark._search.work")
    try:
        outcome: bytes = work.run_task(
            order, number, Files(open_parcel, open_made, _own_directory())
        )
        return outcome
    except Exception as error:
        if isinstance(error, work.OutOfMemory):
            raise
        text = f"on {socket.gethostname()}:\n{traceback.format_exc()}"
        if isinstance(error, ModuleNotFoundError):
            error = _module_missing(error)
        return _raised(error, text)


def _raised(error: Exception, text: str) -> bytes:
    """An outcome: the error itself, its class by value where the driver's own travelled so.

    One that does not pickle, or cannot be read again (its class takes other arguments than it hands on), is
    told of by another.
    """
    from pyspark import cloudpickle

    try:
        pickled: bytes = cloudpickle.dumps(("raised", error, text))
        pickle.loads(pickled)
    except Exception:
        return pickle.dumps(("raised", RuntimeError(f"{type(error).__name__}: {error}"), text))
    return pickled


def _remove(order: Order) -> None:
    """Remove what the driver has dropped; once a process and order."""
    if not order.dropped or order.name in _provided():
        return
    from pyspark import SparkFiles

    place, local = _own_directory(), os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0]
    for digest, sent_as, cached_as in order.dropped:
        paths = [os.path.join(place, name) for name in (digest, f"{digest}-built")]
        if SparkFiles._root_directory is not None:
            paths.append(os.path.join(SparkFiles._root_directory, sent_as))
        if cached_as is not None and local:
            parent = os.path.dirname(os.path.abspath(local))
            paths += [os.path.join(each, cached_as) for each in (parent, place, local)]
        for path in paths:
            with contextlib.suppress(OSError):
                os.unlink(path)
        work = sys.modules.get("tenfold.spark._search.work")
        if work is not None:  # it may have the file mapped, which keeps it on the disk
            work._parcels.pop(digest, None)
    _provided().add(order.name)


def _module_missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """The error of a module that only the driver has, with what to do."""
    return ModuleNotFoundError(
        f"module {error.name!r} is not on {socket.gethostname()} ({sys.executable}), and the search needs it "
        "there: send it along with spark.sparkContext.addPyFile(path), on Connect "
        "spark.addArtifact(path, pyfile=True), or install it on every host",
        name=error.name,
    )


def _state() -> types.ModuleType:
    """What is kept in this process; this module's own globals are made anew for every task."""
    return sys.modules.setdefault("_tenfold_provided", types.ModuleType("_tenfold_provided"))


def _provided() -> set[Any]:
    """What was seen to in this process."""
    provided: set[Any] = vars(_state()).setdefault("provided", set())
    return provided


def _provide(order: Order) -> None:
    """See to it that tenfold can be imported, and that versions agree; once a process and order."""
    key = order.package.digest, tuple(sorted(order.requirements.versions.items()))
    if key in _provided():
        return
    _check_python(order.requirements)
    _check_versions(order.requirements.versions)
    expected = order.requirements.versions["tenfold"][0]
    if not _has_tenfold():
        if platform.machine() != order.requirements.machine:
            raise WrongVersion(
                f"tenfold is not installed on {socket.gethostname()} ({platform.machine()}), and the "
                f"driver's own is built for {order.requirements.machine}: install tenfold {expected} there"
            )
        _unpack(order.package)
    import tenfold

    if tenfold.__version__ != expected:
        raise WrongVersion(_disagreement("tenfold", tenfold.__version__, expected))
    _provided().add(key)


def _has_tenfold() -> bool:
    """Whether tenfold is installed; a bare directory of its name, a package to Python, is not it."""
    try:
        import tenfold
    except ImportError:
        return False
    if hasattr(tenfold, "__version__"):
        return True
    del sys.modules["tenfold"]
    return False


def _check_python(requirements: Requirements) -> None:
    found = platform.python_version()
    if found.split(".")[:2] != requirements.python.split(".")[:2]:
        raise WrongVersion(_disagreement("Python", found, requirements.python))


def _check_versions(versions: dict[str, tuple[str, bool]]) -> None:
    from importlib import metadata

    for name, (expected, exactly) in versions.items():
        if name == "tenfold":
            continue
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            raise WrongVersion(
                f"{name} is not installed on {socket.gethostname()} ({sys.executable}); the driver has "
                f"{name} {expected}. Install it there, or have executors run a Python that has it: before "
                'making the session, set os.environ["PYSPARK_PYTHON"] to one that is on every host (on this '
                "machine alone: to sys.executable)"
            ) from None
        n_numbers = None if exactly else 2
        if found.split(".")[:n_numbers] != expected.split(".")[:n_numbers]:
            raise WrongVersion(_disagreement(name, found, expected))


def _disagreement(name: str, found: str, expected: str) -> str:
    return (
        f"{name} is {found} on {socket.gethostname()} ({sys.executable}) but {expected} on the driver; "
        "results could differ. Install the driver's version there, or point PYSPARK_PYTHON at a Python "
        "that has it"
    )


def _unpack(package: Parcel) -> None:
    """Make the driver's own tenfold importable here."""
    place = _own_directory()
    target = os.path.join(place, f"package-{package.digest}")
    with open_parcel(package) as block, _locked(place):  # in this order: opening takes the lock too
        if not os.path.isdir(target):
            unfinished = tempfile.mkdtemp(dir=place)
            with zipfile.ZipFile(io.BytesIO(block)) as archive:
                archive.extractall(unfinished)
            os.rename(unfinished, target)
    _load_libraries(target)
    sys.path.append(target)
    importlib.invalidate_caches()


def _load_libraries(target: str) -> None:
    """Load oneTBB, for which the engine's own search ends in a directory of the driver's."""
    for name in sorted(os.listdir(os.path.join(target, "lib"))):
        ctypes.CDLL(os.path.join(target, "lib", name), mode=ctypes.RTLD_GLOBAL)


def stand_in(order: Order) -> None:
    """Make a process that a worker has started, with its paths, as ready for an order as it is itself."""
    vars(_state())["directory"] = order.directory
    for path in sys.path:
        if os.path.basename(path) == f"package-{order.package.digest}":
            _load_libraries(path)


@contextlib.contextmanager
def _locked(directory: str, name: str = "lock") -> Iterator[None]:
    """Hold a lock of a directory against all processes of this host."""
    with open(os.path.join(directory, name), "a", opener=_for_the_owner) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def open_parcel(parcel: Parcel) -> mmap.mmap:
    """The parcel's content, memory-mapped from the one copy that this host keeps."""
    return _kept(parcel.digest, lambda path: _place(_source(parcel), path, parcel.digest), "lock")


def open_made(name: str, write: Callable[[BinaryIO], None]) -> mmap.mmap:
    """A file that the first process of this host to ask for it has written, memory-mapped."""
    return _kept(name, lambda path: _make(write, path), f"{name}.lock")


def _kept(name: str, make: Callable[[str], None], lock: str) -> mmap.mmap:
    """The file of this name, memory-mapped; made under a lock where it is not there."""
    place = _own_directory()
    path = os.path.join(place, name)
    if not os.path.exists(path):
        with _locked(place, lock):
            if not os.path.exists(path):
                make(path)
    return _mapped(path)


def _make(write: Callable[[BinaryIO], None], path: str) -> None:
    """Give a file its name once all of it is written."""
    descriptor, unfinished = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with open(descriptor, "wb") as file:
            write(file)
        os.chmod(unfinished, 0o400)
        os.rename(unfinished, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)


def _mapped(path: str) -> mmap.mmap:
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(f"{path} can be written by others; it is not read")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _source(parcel: Parcel) -> str:
    """Where Spark has put a parcel on this machine, or where the driver keeps it if that is here."""
    if parcel.sent_as is None:
        return parcel.path
    from pyspark import SparkFiles

    path: str = SparkFiles.get(parcel.sent_as)
    return path


def _place(source: str, path: str, digest: str) -> None:
    """Give a file its name, once its content is known to be what the name says."""
    descriptor, unfinished = tempfile.mkstemp(dir=os.path.dirname(path))
    os.close(descriptor)
    try:
        os.unlink(unfinished)
        try:
            # The same file under a second name, where that can be: whoever made it may remove the first.
            os.link(source, unfinished, follow_symlinks=True)
            if os.stat(unfinished).st_uid != os.getuid():
                raise OSError("the file is another user's")
            os.chmod(unfinished, 0o400)
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished)
            shutil.copyfile(source, unfinished)
            os.chmod(unfinished, 0o400)
        found = _hash_of_file(unfinished)
        if found != digest:
            raise OSError(
                f"{source} on {socket.gethostname()} has changed on its way: its hash is {found}, not "
                f"{digest}"
            )
        os.rename(unfinished, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)


def _hash_of_file(path: str) -> str:
    digest = hashlib.blake2b(digest_size=20)
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _own_directory() -> str:
    """The directory of the application's shared files on this host, this user's alone.

    Spark gives each executor directories of its own inside one of the application, which goes when the
    application ends. In local mode an executor's directory lies bare in a common one: there the driver
    says where.
    """
    local = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or tempfile.gettempdir()
    parent = os.path.dirname(os.path.abspath(local))
    base = vars(_state()).get("directory") or (parent if _is_own(parent) else local)
    directory = os.path.join(base, f"tenfold-{os.getuid()}")
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory, 0o700)
    status = os.lstat(directory)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{directory} is not this user's alone; nothing is read from it")
    return directory


def _is_own(directory: str) -> bool:
    try:
        status = os.stat(directory)
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
