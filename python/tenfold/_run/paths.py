"""Running a search's families: each a unit of work in the queue of calls, the longest first.

Those of the same candidates follow each other, split by split, so that what is finished early are candidates.
Where nobody set a time budget, a family of each comes before: from then on it is known what each costs.

A family goes where a single call would have gone: this process, or a worker. It never shares a process with
another that runs at the same time: whom a warning belongs to is told by keeping what is given meanwhile, and
Python keeps warnings by process, not by thread. What a family leaves runs alone afterwards, as scikit-learn's
own code.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tenfold import _versions
from tenfold._answer.readings import is_plain, template_like
from tenfold._gather.calls import Answer, Call, Request
from tenfold._plan.part import Part
from tenfold._run import processes as run_processes
from tenfold._run.family import OfSplit, Readings, Task, read_family
from tenfold._run.progress import Progress
from tenfold._run.worker import Outcome, show_again
from tenfold._sharing.paths.plan import PathCell, PathFamily, sees_the_estimator

# Families with fewer members than this are not cut.
_FEWEST_TO_CUT = 4


def run(
    request: Request,
    families: Sequence[PathFamily],
    others: Sequence[Call],
    progress: Progress,
    answer: Answer,
    answer_other: Answer,
    part: Part | None = None,
    source_of: Callable[[PathFamily], Any] | None = None,
) -> list[tuple[int, str]]:
    """Answer families, and other calls beside them; returns the calls that families left, and why.

    Parameters
    ----------
    answer, answer_other : callable
        Take the answer of a call of the request, and of one of the others by its place among them.
    source_of : callable, optional
        Where a family's rows come from; by default from its split.
    """
    if not families and not others:
        return []
    source_of = source_of or _split_of
    units = in_order(cut(families, request.workers), learns=math.isinf(progress.ends))
    calls = [_call_of(family, source_of(family), progress.ends) for family in units]
    left: list[tuple[int, str]] = []
    # Lines that scikit-learn prints, a cell each, come in the order of the cells.
    held: list[tuple[int, Outcome]] | None = None
    if any(family.first.asked.get("verbose", 0) > 1 for family in units):
        held = []

    def give(index: int, outcome: Outcome) -> None:
        show_again(outcome)
        answer(index, outcome.result)

    def take(number: int, result: Any) -> None:
        if number >= len(units):
            answer_other(number - len(units), result)
            return
        readings: Readings = result
        for index, outcome in readings.answers:
            if held is None:
                give(index, outcome)
            else:
                held.append((index, outcome))
        left.extend(readings.left.items())

    whole = replace(request, calls=[*calls, *others])
    together = list(range(len(whole.calls)))
    if request.nested and request.explicit:  # where joblib would use threads
        for number in together[: len(calls)]:
            take(number, whole.calls[number]())
        together = together[len(calls) :]
    if together:
        run_processes.run(whole, together, progress, take)
    for index, outcome in sorted(held or (), key=lambda one: one[0]):
        give(index, outcome)
    if part is not None:
        part.add_families(families, dict(left))
    return sorted(left)


def cut(families: Iterable[PathFamily], n_workers: int) -> Iterator[PathFamily]:
    """Families for so many workers: those that would leave some of them idle in parts.

    Only members with work of their own can part. One that is read off the longest fit gains nothing:
    no part ends before that fit does.
    """
    families = list(families)
    n_over = len(families) % n_workers
    uncut = len(families) - n_over if len(families) < 4 * n_workers else len(families)
    for number, family in enumerate(sorted(families, key=lambda family: -family.cost)):
        n_parts = n_workers // max(n_over, 1) if number >= uncut else 1
        if family.path.reads != "shared" or len(family.members) < max(_FEWEST_TO_CUT, n_parts):
            n_parts = 1
        for start in range(n_parts):
            yield replace(family, members=family.members[start::n_parts])


def in_order(units: Iterable[PathFamily], *, learns: bool) -> list[PathFamily]:
    """Families in the order in which they begin.

    Parameters
    ----------
    learns : bool
        Whether one of each group of several comes before all others.
    """
    of_same: dict[tuple[Any, ...], list[PathFamily]] = {}
    for family in units:
        of_same.setdefault(tuple(map(_candidate_of, family.cells)), []).append(family)
    # Splits differ in size by a row: it is the groups that differ in cost.
    groups = sorted(of_same.values(), key=lambda group: -max(family.cost for family in group))
    n_first = [int(learns and len(group) > 1) for group in groups]
    first = [family for n, group in zip(n_first, groups, strict=True) for family in group[:n]]
    return first + [
        family for n, group in zip(n_first, groups, strict=True) for family in group[n:]
    ]


def _candidate_of(cell: PathCell) -> Any:
    progress = cell.call.kwargs.get("candidate_progress")
    return None if progress is None else progress[0]


def _split_of(family: PathFamily) -> OfSplit:
    asked = family.first.asked
    return OfSplit(asked["X"], asked["y"], asked["train"], asked["test"])


def _call_of(family: PathFamily, source: Any, ends: float) -> Call:
    """A call that reads the family, under the configuration of its first cell's."""
    first = family.first
    asked = first.asked
    task = Task(
        family.path,
        family.estimator,
        [(m.values, m.work, [cell.index for cell in m.cells]) for m in family.members],
        source,
        asked.get("fit_params") or {},
        ends=ends,
    )
    if is_plain(first.call.kind, asked, family.estimator):
        task.scorers = _versions.scorers_of(asked["scorer"])
        task.with_train = bool(asked.get("return_train_score"))
        task.template = template_like(asked)
    else:
        task.calls = {cell.index: cell.call for cell in family.cells}
        task.is_seen = sees_the_estimator(asked.get("scorer"))
    return Call(with_inner(first.call.function, functools.partial(read_family, task)), (), {})


def with_inner(wrapper: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """scikit-learn's wrapper, which carries its configuration, around another function."""
    if not hasattr(wrapper, "function"):
        return function
    other: Any = copy.copy(wrapper)
    other.function = function
    return other  # type: ignore[no-any-return]
