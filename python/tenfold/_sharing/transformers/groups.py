"""Which cells of a search over Pipelines share their transformers.

Cells are grouped by split, and within a split by what stands in front of the last step: the *front*.
Nothing is fitted here. A cell that shares nothing is left, with the reason in words, to be run as
scikit-learn runs it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from tenfold import _learners, _versions
from tenfold._config import get_config
from tenfold._gather.calls import Call, Request, arguments_of_cell
from tenfold._refusal import Refusal, Remembered
from tenfold._sharing import trust
from tenfold._sharing.key import key_of, refuse_randomness
from tenfold._sharing.paths.path import Shape
from tenfold._sharing.paths.registry import predicting_paths_for
from tenfold._sharing.transformers import RULE
from tenfold._sharing.transformers.fit import Asked, Step
from tenfold._sharing.transformers.offer import family_of, offer_of, shape_of
from tenfold._translate.cells import refusal_of_configuration


@dataclass
class PipelineCell:
    """One cell: the call that it answers, and the parameters that are the last step's own."""

    index: int
    call: Call
    asked: dict[str, Any]
    last_parameters: dict[str, Any] | None


@dataclass
class Group:
    """The cells over one front of one split."""

    steps: list[Step]
    cells: list[PipelineCell] = field(default_factory=list)


@dataclass
class SharedSplit:
    """The groups of one split of one data set."""

    pipeline: Any
    X: Any
    y: Any
    train: Any
    test: Any
    asked: Asked
    groups: list[Group] = field(default_factory=list)


@dataclass
class Sharing:
    """What is shared in a search.

    Attributes
    ----------
    splits : list of SharedSplit
    left : list of (index, reason)
        The other calls, as scikit-learn's own; the reason is "" for calls that are not of Pipelines.
    """

    splits: list[SharedSplit] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)

    def numbers(self) -> list[int]:
        """The numbers of all its calls, ascending: each is in one group, or left."""
        shared = (c.index for split in self.splits for group in split.groups for c in group.cells)
        return sorted([*shared, *(index for index, _ in self.left)])


def plan(request: Request, indices: list[int]) -> Sharing:
    """Group these calls of a request by the transformers that they share."""
    if RULE in get_config()["disabled_rules"]:
        return Sharing(left=[(index, "") for index in indices])
    planner = _Planner(len(indices))
    for index in indices:
        try:
            planner.take(index, request.calls[index])
        except Refusal as reason:
            planner.sharing.left.append((index, str(reason)))
    sharing = planner.finished()
    assert sharing.numbers() == sorted(indices), "each call is in one group, or left"
    return sharing


class _Planner:
    """Groups calls one by one, remembering what candidates have in common."""

    def __init__(self, n_calls: int) -> None:
        self.sharing = Sharing()
        self._splits: dict[Hashable, SharedSplit] = {}
        self._groups: dict[Hashable, Group] = {}
        self._fronts = Remembered[list[Step]]()
        self._parameters: dict[int, tuple[dict[str, Any], dict[str, Any] | None]] = {}
        self._asked: dict[Hashable, Asked] = {}
        self._configuration = refusal_of_configuration()

    def take(self, index: int, call: Call) -> None:
        """Put a call into its group; raises Refusal where it has none."""
        asked = arguments_of_cell(call)
        if asked is None:
            raise Refusal("")
        pipeline = asked["estimator"]
        if type(pipeline) is not Pipeline or not isinstance(pipeline.steps, list):
            raise Refusal("" if not isinstance(pipeline, Pipeline) else "a subclass of Pipeline")
        self._refuse(asked)
        front, last = self._divided(pipeline, asked.get("parameters"))
        split_key = tuple(id(asked[name]) for name in ("X", "y", "train", "test"))
        if split_key not in self._splits:
            _refuse_other_than_rows(asked)
        n_rows = len(asked["train"])
        front_key = self._front_key(pipeline, front, n_rows)
        shape = shape_of(asked["X"], n_rows)
        steps = self._steps(front_key, pipeline, front, shape)
        split = self._splits.get(split_key)
        if split is None:
            X, y, train, test = (asked[name] for name in ("X", "y", "train", "test"))
            what = self._what_is_asked(asked)
            split = SharedSplit(pipeline, X, y, train, test, what)
            self._splits[split_key] = split
        key = (split_key, tuple((step.name, step.key) for step in steps))
        if key not in self._groups:
            self._groups[key] = Group(steps)
            split.groups.append(self._groups[key])
        self._groups[key].cells.append(PipelineCell(index, call, asked, last))

    def finished(self) -> Sharing:
        """The sharing, without splits in which nothing would be gained."""
        for split in self._splits.values():
            split.groups = self._worthwhile(split)
            if split.groups:
                self.sharing.splits.append(split)
        self.sharing.left.sort()
        return self.sharing

    def _worthwhile(self, split: SharedSplit) -> list[Group]:
        branches: dict[Hashable, list[Group]] = {}
        shape = shape_of(split.X, len(split.train))
        for group in split.groups:
            key: Hashable = None
            if group.steps:
                first = group.steps[0]
                key = first.name, family_of(first, shape)
            branches.setdefault(key, []).append(group)
        kept = []
        for key, branch in branches.items():
            if key is None:  # no transformers: nothing to gain but for the engine
                self._leave_others(branch)
            cells = [cell for group in branch for cell in group.cells]
            if len(cells) == 1 and not may_go_native(cells[0]):
                self.sharing.left.append((cells[0].index, "nobody shares its transformers"))
            elif cells:
                kept += branch
        return kept

    def _leave_others(self, groups: list[Group]) -> None:
        """Leave the cells whose last step neither the engine nor a path knows."""
        for group in groups:
            known = [may_go_native(cell) or may_be_read_off(cell) for cell in group.cells]
            left = [cell for cell, is_known in zip(group.cells, known, strict=True) if not is_known]
            group.cells = [c for c, is_known in zip(group.cells, known, strict=True) if is_known]
            self.sharing.left += [(cell.index, "no transformers to share") for cell in left]

    def _refuse(self, asked: dict[str, Any]) -> None:
        if self._configuration is not None:
            raise Refusal(self._configuration)
        context, estimator = asked.get("callback_ctx"), asked["estimator"]
        if _versions.has_callbacks(context) or _versions.may_hold_callbacks(estimator):
            raise Refusal("callbacks")
        last = f"{estimator.steps[-1][0]}__"
        for name, value in (asked.get("fit_params") or {}).items():
            if value is not None or not name.startswith(last):
                raise Refusal("fit parameters, such as sample weights")
        if estimator.verbose:
            raise Refusal("the Pipeline is verbose")

    def _divided(
        self, pipeline: Any, parameters: dict[str, Any] | None
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Parameters of the transformers, and of the last step under their names there."""
        if parameters is None:
            return {}, None
        if id(parameters) not in self._parameters:
            last_name = pipeline.steps[-1][0]
            names = {name for name, _ in pipeline.steps}
            front: dict[str, Any] = {}
            last: dict[str, Any] = {}
            for name, value in parameters.items():
                step, _, rest = name.partition("__")
                if step not in names:
                    raise Refusal(f"the grid sets {name} of the Pipeline itself")
                if step != last_name:
                    front[name] = value
                else:
                    last[rest] = value
            self._parameters[id(parameters)] = front, last
        return self._parameters[id(parameters)]

    def _front_key(self, pipeline: Any, front: dict[str, Any], n_rows: int) -> Hashable:
        base = tuple((name, key_of(step)) for name, step in pipeline.steps[:-1])
        memory = getattr(pipeline.memory, "location", pipeline.memory)
        return base, key_of(front), id(memory) if memory is not None else None, n_rows

    def _steps(
        self, key: Hashable, pipeline: Any, front: dict[str, Any], shape: Shape
    ) -> list[Step]:
        return self._fronts.get(key, lambda: _steps_of(pipeline, front, shape))

    def _what_is_asked(self, asked: dict[str, Any]) -> Asked:
        if "scorer" not in asked:
            return Asked(test=True, train=False, fitted=False)
        scorers = _versions.scorers_of(asked["scorer"]).values()
        # Others may look at the estimator that they are given: it must be the Pipeline itself.
        plain = all(map(_versions.is_plain_scorer, scorers))
        if asked.get("return_estimator") or not plain:
            return Asked(test=False, train=False, fitted=True)
        return Asked(test=True, train=bool(asked.get("return_train_score")), fitted=False)


def _steps_of(pipeline: Any, front: dict[str, Any], shape: Shape) -> list[Step]:
    """The transformers in force under these parameters, unfitted."""
    probe = Pipeline([*pipeline.steps[:-1], (pipeline.steps[-1][0], "passthrough")])
    try:
        probe = clone(probe).set_params(**clone(front, safe=False))
    except Exception as error:  # scikit-learn's own code says it, once a cell
        raise Refusal("scikit-learn refuses the parameters of a transformer") from error
    steps: list[Step] = []
    for name, transformer in probe.steps[:-1]:
        if transformer is None or (isinstance(transformer, str) and transformer == "passthrough"):
            continue
        if not hasattr(transformer, "get_params"):
            raise Refusal(f"{name} is no scikit-learn estimator")
        refuse_randomness(transformer, shape.n_samples)
        key = key_of(transformer, shape.n_samples)
        on_trial = trust.on_trial(transformer)
        known = shape if not steps else Shape(shape.n_samples, -1)
        offer = None if on_trial else offer_of(transformer, known)
        steps.append(Step(name, transformer, key, on_trial, offer))
    return steps


def _refuse_other_than_rows(asked: dict[str, Any]) -> None:
    """Raise Refusal for splits that are no rows, of which scikit-learn has its own errors."""
    for name in ("train", "test"):
        rows = asked[name]
        known = hasattr(rows, "__len__") and not isinstance(rows, str | bytes)
        if not known or np.asarray(rows).dtype.kind not in "iub":
            raise Refusal("a split is not given as row numbers")


def may_go_native(cell: PipelineCell) -> bool:
    """Whether the cell's last step is of a class that the engine knows."""
    return _learners.may_follow_transformers(type(last_step_of(cell)))


def may_be_read_off(cell: PipelineCell) -> bool:
    """Whether a path covers the cell's last step."""
    return bool(predicting_paths_for(last_step_of(cell)))


def random_state_of(cell: PipelineCell) -> Any:
    """The ``random_state`` of a cell's last step, its parameters in force."""
    own = getattr(last_step_of(cell), "random_state", None)
    return (cell.last_parameters or {}).get("random_state", own)


def last_step_of(cell: PipelineCell) -> Any:
    """The cell's last step, without the parameters that the candidate sets on it."""
    replaced = (cell.last_parameters or {}).get("")
    return cell.asked["estimator"].steps[-1][1] if replaced is None else replaced
