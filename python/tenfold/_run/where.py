"""Where a search runs: on this machine, or on the cluster of a Spark session."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Protocol

from tenfold import _versions
from tenfold._config import get_config
from tenfold._gather.calls import Request
from tenfold._run import local
from tenfold._run.assignment import Assignment


class Place(Protocol):
    """Where requests run."""

    @property
    def BACKEND(self) -> str:
        """Its name, as ``set_config(backend=...)`` has it."""

    def n_threads(self, request: Request) -> int:
        """Threads, worker processes or tasks at a time."""

    def notes(self, request: Request, left: list[int]) -> list[str]:
        """What a plan should say of these calls, which run as scikit-learn's own code there."""

    def run(self, assignment: Assignment) -> None:
        """Answer every call of a request."""


def place_of(request: Request) -> Place:
    """Where a request runs: on the cluster of a session that is there, or on this machine."""
    return _cluster_for(request) or local


def _cluster_for(request: Request) -> Any:
    session = spark_for(request)
    if session is None:
        return None
    from tenfold.spark._search.place import Cluster

    return Cluster(session)


def cluster_for_calls(request: Request) -> Any:
    """The cluster that is to run calls that are no search, or None for this machine.

    Fits of members go there where several jobs were asked for; calls of any other kind where the setting
    ``parallel_on_spark`` says so, unless their author wants them in threads.
    """
    call = request.calls[0]
    if _versions.fits_a_member(getattr(call.function, "function", call.function)):
        wanted = request.explicit
    else:
        wanted = takes_any_calls(request.joblib_options)
    return _cluster_for(request) if wanted and request.requested != 1 else None


def takes_any_calls(joblib_options: Mapping[str, Any]) -> bool:
    """Whether calls of a plain ``Parallel`` with these options may run on Spark."""
    return get_config()["parallel_on_spark"] and joblib_options.get("prefer") != "threads"


def spark_for(request: Request) -> Any:
    """The Spark session that is to run a request, or None for this machine.

    With ``backend="auto"`` that is the thread's active session or, in a thread that made none, the
    application's, if there is one; nothing of Spark is imported where nobody has imported it.

    Raises
    ------
    RuntimeError
        With ``backend="spark"`` and no session.
    """
    backend = get_config()["backend"]
    if backend == "local" or request.nested:
        return None
    session = _active_session()
    if session is None and backend == "spark":
        raise RuntimeError(
            'backend="spark" was asked for and there is no active SparkSession: make one first, with '
            "SparkSession.builder.getOrCreate()."
        )
    return session


def _active_session() -> Any:
    if "pyspark.sql" not in sys.modules:
        return None
    from pyspark.sql import SparkSession

    sessions = [
        SparkSession.getActiveSession(),
        getattr(SparkSession, "_instantiatedSession", None),
    ]
    if "pyspark.sql.connect.session" in sys.modules:
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        sessions += [
            ConnectSession.getActiveSession(),
            getattr(ConnectSession, "_default_session", None),
        ]
    return next((one for one in sessions if one is not None and _is_usable(one)), None)


def _is_usable(session: Any) -> bool:
    """Whether a session can start jobs: on the driver, and not stopped."""
    if hasattr(session, "is_stopped"):  # Spark Connect
        return not session.is_stopped
    context = session.sparkContext
    return context._jsc is not None


def refuse_spark_data(*values: Any) -> None:
    """Raise where data is still Spark's, naming the way to Python.

    Raises
    ------
    TypeError
    """
    for value in values:
        if type(value).__module__.startswith("pyspark."):
            raise TypeError(
                "X and y must be NumPy, pandas or SciPy data or lists, got a Spark "
                f"{type(value).__name__}. Bring it "
                'over with X, y = tenfold.spark.to_xy(df, features=[...], label="..."), or with '
                "tenfold.spark.to_pandas(df)."
            )
