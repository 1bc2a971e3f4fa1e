"""Planning searches over Pipelines: what is shared in front of the last steps, and the last steps.

Before anything is fitted nobody knows what the transformers will give. The last steps are planned over as
many columns as the transformers get, all values distinct: the families are those of the fit, their predicted
seconds as good as that guess.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from tenfold._gather.calls import Call, Request
from tenfold._plan.part import Part
from tenfold._refusal import Refusal
from tenfold._run import native as run_native
from tenfold._run.native_last_step import Data, calls_of, labels_of, row_numbers
from tenfold._sharing import trust
from tenfold._sharing.paths.path import Shape
from tenfold._sharing.transformers.groups import Group, PipelineCell, Sharing
from tenfold._sharing.transformers.last_steps import plan_last_steps
from tenfold._translate.cells import translate
from tenfold._translate.session import Session


def record_fronts(sharing: Sharing, part: Part) -> None:
    """Write down which calls share which transformers."""
    for split in sharing.splits:
        read = _paths_at_work(split.groups)
        for number, group in enumerate(split.groups):
            steps = [type(step.transformer).__name__ for step in group.steps]
            last = {cell.index: _name_of_last(cell) for cell in group.cells}
            vouched = trust.reasons([step.transformer for step in group.steps])
            part.add_front(steps, last, vouched, tuple(read[number]))
    part.leave_alone(dict(sharing.left))


def _paths_at_work(groups: list[Group]) -> list[dict[str, None]]:
    """Per group, the paths that read a transformer of it off a fit which serves another group too."""
    families: dict[Hashable, dict[Hashable, list[int]]] = {}
    names: dict[Hashable, str] = {}
    for number, group in enumerate(groups):
        for depth, step in enumerate(group.steps):
            if step.offer is not None:
                family = tuple(before.key for before in group.steps[:depth]), step.offer.common
                names[family] = step.offer.path.name
                families.setdefault(family, {}).setdefault(step.key, []).append(number)
    at_work: list[dict[str, None]] = [{} for _ in groups]
    for common, variants in families.items():
        for number in (n for members in variants.values() for n in members):
            if len(variants) > 1:
                at_work[number][names[common]] = None
    return at_work


def plan_shared(engine: Any, request: Request, sharing: Sharing, part: Part) -> None:
    """Write down what is shared, and plan the last steps that the engine would answer."""
    record_fronts(sharing, part)
    for split in sharing.splits:
        for group in split.groups:
            _plan_group(engine, request, group, part)
    native = {call for one in part.native for call in one.calls}
    reading = plan_last_steps(
        (cell, id(group), Shape(len(split.train), -1), part.last_reasons.get(cell.index, ""))
        for split in sharing.splits
        for group in split.groups
        for cell in group.cells
        if cell.index not in native
    )
    part.last_reasons.update(reading.left)
    part.add_families(reading.families, {})


def _plan_group(engine: Any, request: Request, group: Group, part: Part) -> None:
    try:
        data = _data_like(group.cells[0].asked)
    except Refusal as reason:
        part.last_reasons.update((cell.index, str(reason)) for cell in group.cells)
        return
    calls: list[Call] = []
    answers: list[int | None] = []
    for cell in group.cells:
        try:
            calls.append(calls_of(cell, data)[0])
        except Refusal as reason:
            part.last_reasons[cell.index] = str(reason)
        else:
            answers.append(cell.index)
    if not calls:
        return
    translation = translate(replace(request, calls=calls), Session(), engine)
    for number, why in translation.left:
        call = answers[number]
        assert call is not None
        part.last_reasons[call] = why
    for native in translation.runs:
        part.add_planned(native, run_native.planned(engine, native), answers)


def _data_like(asked: dict[str, Any]) -> Data:
    """A table of the size that the transformed data is taken to have; its columns are one in memory."""
    y = labels_of(asked["y"])
    train, test = (row_numbers(asked[name], len(y)) for name in ("train", "test"))
    n_rows = len(train) + len(test)
    column = np.arange(n_rows, dtype=np.float32)[:, np.newaxis]
    X = np.broadcast_to(column, (n_rows, _n_columns(asked["X"])))
    labels = np.concatenate([y[train], y[test]])
    return Data(X, labels, np.arange(len(train)), len(train) + np.arange(len(test)), None)


def _n_columns(X: Any) -> int:
    if hasattr(X, "shape"):
        return max(int(X.shape[1]), 1) if len(X.shape) > 1 else 1
    first = X[0]
    return max(len(first), 1) if isinstance(first, list | tuple) else 1


def _name_of_last(cell: PipelineCell) -> str:
    replaced = (cell.last_parameters or {}).get("")
    last = cell.asked["estimator"].steps[-1][1] if replaced is None else replaced
    return type(last).__name__ if not isinstance(last, str) else last
