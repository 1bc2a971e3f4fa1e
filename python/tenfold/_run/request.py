"""From a request to its answers: translate it, write down what is asked, have it run where it is to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import joblib

from tenfold._gather.calls import Answer, Kind, Request, is_search, without_idle_callbacks
from tenfold._gather.session import Session
from tenfold._native import engine as compiled_engine
from tenfold._native import why_not
from tenfold._plan import record as records
from tenfold._run import grow
from tenfold._run import local as run_local
from tenfold._run import native as run_native
from tenfold._run.progress import Progress
from tenfold._run.where import spark_for
from tenfold._sharing.rules import disabled_rules
from tenfold._sharing.transformers import RULE as TRANSFORMERS
from tenfold._sharing.transformers import groups
from tenfold._sharing.transformers import record as transformers_record
from tenfold._threads import allowed_threads
from tenfold._translate.cells import Translation, translate


def run(request: Request, session: Session, answer: Answer) -> None:
    """Answer every call of a request."""
    kind = request.calls[0].kind
    if is_search(kind):
        _run_search(request, session, answer)
    elif kind is not Kind.BUILD_TREE or not grow.try_to_grow(request, answer):
        _run_as_without_tenfold(request, answer)


def _run_search(request: Request, session: Session, answer: Answer) -> None:
    request = replace(request, calls=without_idle_callbacks(request.calls))
    record = records.current(request, session)
    engine = compiled_engine()
    refusal = record.refusal if record is not None else None
    spark = spark_for(request)
    if engine is None or refusal is not None:
        reason = refusal or why_not() or ""
        engine = None
        translation = Translation([], [(index, reason) for index in range(len(request.calls))])
    else:
        translation = translate(request, session, engine, spark is not None)
    n_threads = min(request.workers, allowed_threads(True)) if request.nested else request.workers
    if spark is not None:
        from tenfold.spark._search._slots import slots_of

        n_threads, _ = slots_of(spark, request)
    part = None if record is None else record.begin(request, translation.left, n_threads)
    if part is not None:
        part.backend = "local" if spark is None else "spark"
    if part is not None and record is not None and record.plan_only:
        _plan_only(engine, request, translation, part)
    with Progress("search", nested=request.nested) as progress:
        if spark is None:
            run_local.run(engine, request, translation, n_threads, progress, answer, part)
        else:
            from tenfold.spark._search import _run as on_spark

            on_spark.run(spark, engine, request, translation, progress, answer, part)


def _plan_only(engine: Any, request: Request, translation: Translation, part: records.Part) -> None:
    """Write down what would be done, and stop the fit."""
    for native in translation.runs:
        part.add_planned(native, run_native.planned(engine, native))
    if engine is not None and TRANSFORMERS not in disabled_rules():
        sharing = groups.plan(request, [index for index, _ in translation.left])
        transformers_record.plan_shared(engine, request, sharing, part)
    raise records.Planned


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
