"""From a request to its answers: translate it, write down what is asked, have it run where it is to."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import joblib

from tenfold import _learners
from tenfold._config import get_config
from tenfold._gather.calls import Answer, Kind, Request, is_search, without_idle_callbacks
from tenfold._journal.keeping import Kept, keeping
from tenfold._native import engine as compiled_engine
from tenfold._native import may_share, why_not
from tenfold._plan import record as records
from tenfold._plan.part import Part
from tenfold._run import native as run_native
from tenfold._run import transformers_record
from tenfold._run.assignment import Assignment
from tenfold._run.companions import of_drawing_groups, with_companions
from tenfold._run.folding import Folding
from tenfold._run.interrupts import between_calls_to_the_jvm
from tenfold._run.progress import Progress
from tenfold._run.stopping import Deadline, OutOfTime, Unfinished
from tenfold._run.where import cluster_for_calls, place_of
from tenfold._sharing.paths.plan import plan as plan_paths
from tenfold._sharing.rules import check_disabled_rules
from tenfold._sharing.transformers import groups
from tenfold._translate.cells import Translation, translate
from tenfold._translate.session import Session


def run(request: Request, session: Session, answer: Answer) -> None:
    """Answer every call of a request."""
    kind = request.calls[0].kind
    if is_search(kind):
        with between_calls_to_the_jvm():
            _run_search(request, session, answer)
    elif kind is Kind.PART_OF_FIT and _learners.answer_calls(request, answer):
        return
    else:
        with between_calls_to_the_jvm():
            cluster = cluster_for_calls(request)
            if cluster is not None:
                cluster.run_calls(request, answer)
                return
        _run_as_without_tenfold(request, answer)


def _run_search(request: Request, session: Session, answer: Answer) -> None:
    check_disabled_rules()
    request = replace(request, calls=without_idle_callbacks(request.calls))
    record = records.current(request, session)
    plan_only = record is not None and record.plan_only
    if record is not None:
        answer = record.noting(request, answer)
    with ExitStack() as stack:
        target = get_config()["study"]
        if target is not None and record is not None and not plan_only:
            from tenfold._report.live import LiveStudy

            live = record.live = LiveStudy(target, request, record.metric, record.live)
            stack.callback(live.close)
            answer = live.noting(answer)
        kept = stack.enter_context(keeping(request, answer, plan_only=plan_only))
        if kept.request.calls:
            _run_rest(kept, session, record)
        elif record is not None:
            record.begin(kept.request, [], request.workers, kept)
            if plan_only:
                raise records.Planned


def _run_rest(kept: Kept, session: Session, record: records.Record | None) -> None:
    """Run what no journal has answered."""
    if kept.answered and compiled_engine() is not None:
        kept.run_again(of_drawing_groups(kept))
    request = kept.request
    deadline = Deadline(session.started, record is not None and record.refits)
    known = [number for number, place in enumerate(kept.places) if place in kept.known]
    unfinished = Unfinished(request, known)
    metric = None if record is None else record.metric
    progress = Progress("search", request, nested=request.nested, deadline=deadline, metric=metric)
    try:
        with Folding(request) as folding:
            answer = folding.noting(progress.noting(unfinished.noting(kept.answer, deadline)))
            _run_all(request, session, answer, record, progress, kept)
    except OutOfTime:
        warns = record is None or not record.stopped
        unfinished.give_up(
            kept.give_up, f"the time budget of {deadline.seconds:g} s ended", warns=warns
        )
        if record is not None:
            record.stopped = True
        if record is not None and not deadline.sets_aside:
            record.parts[-1].refit_reserve = deadline.reserve
    except KeyboardInterrupt:
        if request.nested or not get_config()["keep_on_interrupt"]:
            raise
        unfinished.give_up(kept.give_up, "interrupted")
        if record is not None:
            record.stopped = True


def _run_all(
    request: Request,
    session: Session,
    answer: Answer,
    record: records.Record | None,
    progress: Progress,
    kept: Kept,
) -> None:
    """Translate the calls, and have each run where it is to."""
    engine = compiled_engine()
    refusal = record.refusal if record is not None else None
    place = place_of(request)
    if engine is None or refusal is not None:
        reason = refusal or why_not() or ""
        engine = None
        translation = Translation([], [(index, reason) for index in range(len(request.calls))])
    else:
        translation = translate(request, session, engine)
    shares = refusal is None and may_share()
    if kept.answered and engine is not None:
        translation = with_companions(translation, kept, session, engine)
    n_threads = place.n_threads(request)
    part = None if record is None else record.begin(request, translation.left, n_threads, kept)
    if part is not None:
        part.backend = place.BACKEND
        part.spans = progress.spans
        part.notes += place.notes(request, [index for index, _ in translation.left])
        if engine is not None:
            part.note_members(request)
    if part is not None and record is not None and record.plan_only:
        _plan_only(engine, request, translation, part, shares)
    assignment = Assignment(engine, request, translation, n_threads, progress, answer, part, shares)
    with progress:
        place.run(assignment)


def _plan_only(
    engine: Any, request: Request, translation: Translation, part: Part, shares: bool
) -> None:
    """Write down what would be done, and stop the fit."""
    for native in translation.runs:
        part.add_planned(native, run_native.planned(engine, native))
    left = translation.left
    if engine is not None:
        sharing = groups.plan(request, [index for index, _ in left])
        transformers_record.plan_shared(engine, request, sharing, part)
        reasons = dict(left)
        left = [(index, reasons[index]) for index, _ in sharing.left]
    if shares:
        reading = plan_paths(request, left)
        part.last_reasons.update(reading.left)
        part.add_families(reading.families, {})
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
