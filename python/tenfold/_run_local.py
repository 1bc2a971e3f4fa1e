"""Running a request on this machine: what is native on the engine, the rest as scikit-learn's own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import joblib

from tenfold import _grow, _run_native, _run_processes
from tenfold._gather import Kind, Request, is_search
from tenfold._native import engine as compiled_engine
from tenfold._progress import Progress
from tenfold._session import Session
from tenfold._threads import allowed_threads
from tenfold._translate import Translation, translate

Answer = Callable[[int, Any], None]


def run(request: Request, session: Session, answer: Answer) -> None:
    """Answer every call of a request."""
    kind = request.calls[0].kind
    if is_search(kind):
        _run_search(request, session, answer)
    elif kind is not Kind.BUILD_TREE or not _grow.try_to_grow(request, answer):
        _run_as_without_tenfold(request, answer)


def _run_search(request: Request, session: Session, answer: Answer) -> None:
    engine = compiled_engine()
    if engine is None:
        translation = Translation([], [(index, "") for index in range(len(request.calls))])
    else:
        translation = translate(request, session, engine)
    n_threads = min(request.workers, allowed_threads(True)) if request.nested else request.workers
    n_calls = len(request.calls)
    with Progress("search", nested=request.nested) as progress:
        offset = 0.0
        for native in translation.runs:
            share = len(native.cells) / n_calls
            progress.part(offset, share)
            _run_native.run(engine, native, n_threads, progress, answer)
            offset += share
        if translation.left:
            progress.part(offset, len(translation.left) / n_calls)
            indices = [index for index, _ in translation.left]
            _run_processes.run(request, indices, progress, answer)


def _run_as_without_tenfold(request: Request, answer: Answer) -> None:
    """Run calls that are no search where joblib would have run them."""
    if request.workers == 1 or not request.explicit:
        for index, call in enumerate(request.calls):
            answer(index, call())
        return
    options = request.joblib_options
    threads = options.get("prefer") == "threads" or request.nested
    parallel = joblib.Parallel(
        n_jobs=request.workers, backend="threading" if threads else "loky", **options
    )
    results = parallel((call.function, call.args, call.kwargs) for call in request.calls)
    for index, result in enumerate(results):
        answer(index, result)
