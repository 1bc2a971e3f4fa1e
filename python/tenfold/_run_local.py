"""Running a request on this machine: what is native on the engine, the rest as scikit-learn's own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import joblib

from tenfold import (
    _grow,
    _prefix,
    _prefix_plan,
    _prefix_run,
    _record,
    _run_native,
    _run_processes,
)
from tenfold._gather import Kind, Request, is_search
from tenfold._native import engine as compiled_engine
from tenfold._native import why_not
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
    record = _record.current(request, session)
    engine = compiled_engine()
    refusal = record.refusal if record is not None else None
    if engine is None or refusal is not None:
        reason = refusal or why_not() or ""
        translation = Translation([], [(index, reason) for index in range(len(request.calls))])
    else:
        translation = translate(request, session, engine)
    n_threads = min(request.workers, allowed_threads(True)) if request.nested else request.workers
    part = None if record is None else record.begin(request, translation.left, n_threads)
    if part is not None and record is not None and record.plan_only:
        for native in translation.runs:
            part.add_native(native, _run_native.engine_search(engine, native))
        if engine is not None and refusal is None:
            sharing = _prefix.plan(request, [index for index, _ in translation.left])
            _prefix_plan.plan_shared(engine, request, sharing, part)
        raise _record.Planned
    n_calls = len(request.calls)
    with Progress("search", nested=request.nested) as progress:
        offset = 0.0
        for native in translation.runs:
            share = len(native.cells) / n_calls
            progress.part(offset, share)
            search = _run_native.run(engine, native, n_threads, progress, answer)
            if part is not None:
                part.add_native(native, search)
            offset += share
        if translation.left:
            progress.part(offset, len(translation.left) / n_calls)
            indices = [index for index, _ in translation.left]
            noting = answer if part is None else part.noting_seconds(answer)
            if engine is not None and refusal is None:
                sharing = _prefix.plan(request, indices)
                if part is not None:
                    _prefix_plan.record_prefixes(sharing, part)
                alone = _prefix_run.run(engine, request, sharing, n_threads, progress, noting, part)
                indices = [index for index, _ in alone]
            if indices:
                _run_processes.run(request, indices, progress, noting)


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
