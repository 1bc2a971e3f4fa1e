"""Which cells of a search are read off one fit: families of cells that differ in a path's parameters alone.

Nothing is fitted here. A cell that no path covers or that its path refuses is left, with the reason in words.
Distinct candidates are few and cells are many, so each candidate is looked at once and remembered.
"""

from __future__ import annotations

import numbers
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tenfold import _versions
from tenfold._cloning import another, with_parameters
from tenfold._config import get_config
from tenfold._gather.calls import Call, Request, arguments_of_cell
from tenfold._refusal import Refusal, Remembered
from tenfold._sharing.paths.offers import Offer, Offers, keys_of
from tenfold._sharing.paths.path import Path, Shape
from tenfold._sharing.paths.registry import paths_for, predicting_paths_for
from tenfold._translate.cells import NO_LEARNER, refusal_of_configuration


@dataclass(slots=True)
class PathCell:
    """One cell, and what of it is to be read off.

    Attributes
    ----------
    index : number of its call in the request
    call : Call
    asked : the call's arguments by name
    estimator, parameters : the search's, or those of a Pipeline's last step
    where : equal for cells that are fitted and scored on the same rows
    shape : of the rows that it is fitted on
    """

    index: int
    call: Call
    asked: Mapping[str, Any]
    estimator: Any
    parameters: Mapping[str, Any] | None
    where: Hashable
    shape: Shape


@dataclass
class Member:
    """One reading: the values of a path's parameters, and the cells that have them."""

    values: dict[str, Any]
    work: float
    cells: list[PathCell] = field(default_factory=list)


@dataclass
class PathFamily:
    """Cells that are read off one fit.

    Attributes
    ----------
    path : Path
    estimator : estimator
        Unfitted, with the parameters of the first member in force.
    members : list of Member
        Their values are distinct.
    """

    path: Path
    estimator: Any
    members: list[Member] = field(default_factory=list)

    @property
    def cells(self) -> list[PathCell]:
        """The cells of all members."""
        return [cell for member in self.members for cell in member.cells]

    @property
    def first(self) -> PathCell:
        """Any of its cells: they are alike but for their parameters."""
        return self.members[0].cells[0]

    @property
    def cost(self) -> float:
        """What it takes beside other families: the longest fit, or the sum of what is each member's own."""
        work = [member.work for member in self.members]
        own = max(work) if self.path.reads == "down" else sum(work)
        return own * self.first.shape.n_samples


@dataclass
class Reading:
    """What a search reads off: families, and the other cells' numbers with the reason each."""

    families: list[PathFamily] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)

    def numbers(self) -> list[int]:
        """The numbers of all its cells, ascending: each is in one family, or left."""
        read = (cell.index for family in self.families for cell in family.cells)
        return sorted([*read, *(index for index, _ in self.left)])


def plan(request: Request, left: Iterable[tuple[int, str]]) -> Reading:
    """Sort calls of a request, each with the reason why nothing else answers it, into families."""
    planner = Planner()
    for index, reason in left:
        planner.take_call(index, request.calls[index], reason)
    return planner.finished()


class Planner:
    """Takes cells one by one, remembering what candidates have in common."""

    def __init__(self) -> None:
        self._reading = Reading()
        self._refusal = refusal_of_configuration()
        self._disabled = frozenset(get_config()["disabled_rules"])
        self._candidates = Remembered[_Candidate]()
        self._keys: dict[Hashable, tuple[Any, Hashable]] = {}
        self._waiting: list[tuple[PathCell, str]] = []
        self._held: list[Any] = []  # what is known by its identity must stay
        self._rows: dict[int, int] = {}
        self._covered: dict[type, bool] = {}

    def take_call(self, index: int, call: Call, reason: str) -> None:
        """A call of a search over an estimator that is no Pipeline."""
        try:
            cell = self._cell_of(index, call)
        except Refusal as why:
            self._reading.left.append((index, _joined(reason, str(why))))
            return
        self.take(cell, reason)

    def take(self, cell: PathCell, reason: str) -> None:
        """A cell, with the reason why nothing else answers it."""
        self._waiting.append((cell, reason))

    def finished(self) -> Reading:
        """The families, each of at least two cells; all other cells are left."""
        waiting = self._waiting
        taken = sorted([*(cell.index for cell, _ in waiting), *(i for i, _ in self._reading.left)])
        n_asked = 0
        while waiting:
            waiting = self._round(waiting, n_asked)
            n_asked += 1
        self._reading.left.sort()
        assert self._reading.numbers() == taken, "each cell is in one family, or left"
        assert all(len(family.cells) > 1 for family in self._reading.families), "a family shares"
        return self._reading

    def _round(
        self, waiting: list[tuple[PathCell, str]], n_asked: int
    ) -> list[tuple[PathCell, str]]:
        """Have cells asked at their path number ``n_asked``; returns those that may ask the next one."""
        families: dict[Hashable, tuple[PathFamily, dict[Hashable, Member], list[str]]] = {}
        others: list[tuple[PathCell, str]] = []
        for cell, reason in waiting:
            try:
                candidate = self._candidate(cell)
                if n_asked >= len(candidate.paths):
                    raise Refusal("")
            except Refusal as refusal:
                self._reading.left.append((cell.index, _joined(reason, str(refusal))))
                continue
            path = candidate.paths[n_asked]
            try:
                offer = candidate.offer(path, cell)
            except Refusal as refusal:
                others.append((cell, _joined(reason, f"{path.name}: {refusal}")))
                continue
            key = (path.name, cell.where, offer.common, self._manner_key(cell))
            family, members, reasons = families.setdefault(
                key, (PathFamily(path, candidate.estimator), {}, [])
            )
            if offer.values_key not in members:
                members[offer.values_key] = Member(offer.values, offer.work)
                family.members.append(members[offer.values_key])
            members[offer.values_key].cells.append(cell)
            reasons.append(reason)
        for family, _, reasons in families.values():
            if len(reasons) > 1:
                self._reading.families.append(family)
            else:
                others.append((family.first, _of_lone(reasons[0], family.path)))
        return others

    def _cell_of(self, index: int, call: Call) -> PathCell:
        if self._refusal is not None:
            raise Refusal(self._refusal)
        asked = arguments_of_cell(call)
        if asked is None:
            raise Refusal("")
        estimator = asked["estimator"]
        if not self._is_covered(estimator):
            raise Refusal("")
        X, y, train, test = (asked[name] for name in ("X", "y", "train", "test"))
        shape = Shape(self._n_rows(train), n_columns_of(X))
        where = (id(X), id(y), id(train), id(test))
        return PathCell(index, call, asked, estimator, asked.get("parameters"), where, shape)

    def _is_covered(self, estimator: Any) -> bool:
        cls = type(estimator)
        if cls not in self._covered:
            self._covered[cls] = bool(paths_for(estimator))
        return self._covered[cls]

    def _n_rows(self, train: Any) -> int:
        if id(train) not in self._rows:
            self._held.append(train)
            rows = np.asarray(train)
            if rows.ndim != 1 or rows.dtype.kind not in "iu":
                raise Refusal("a split is not given as row numbers")
            self._rows[id(train)] = len(rows)
        return self._rows[id(train)]

    def _manner_key(self, cell: PathCell) -> Hashable:
        asked = cell.asked
        return (
            cell.call.kind,
            *(id(asked.get(name)) for name in ("scorer", "fit_params", "score_params")),
            *(
                asked.get(name)
                for name in (
                    "verbose", "return_train_score", "return_estimator", "return_parameters",
                    "return_n_test_samples", "return_times", "method",
                )
            ),
            repr(asked.get("error_score")),
        )  # fmt: skip

    def _candidate(self, cell: PathCell) -> _Candidate:
        key = self._estimator_key(cell.estimator), id(cell.parameters)

        def make() -> _Candidate:
            self._held.append(cell.parameters)
            return _Candidate(cell, self._disabled)

        return self._candidates.get(key, make)

    def _estimator_key(self, estimator: Any) -> Hashable:
        """Equal for equal estimators: a search's are clones, whose parameters are mostly the same objects."""
        quick: Hashable = (
            type(estimator),
            tuple((name, id(value)) for name, value in vars(estimator).items()),
        )
        if quick not in self._keys:
            # Held, so that nothing else takes the place of what is known by its identity.
            self._keys[quick] = estimator, tuple(keys_of(estimator).items())
        return type(estimator), self._keys[quick][1]


class _Candidate:
    """One distinct candidate: its estimator with the parameters in force, and the paths that cover it."""

    def __init__(self, cell: PathCell, disabled: frozenset[str]) -> None:
        asked = cell.asked
        if _versions.has_callbacks(asked.get("callback_ctx")) or _versions.may_hold_callbacks(
            [cell.estimator, cell.parameters]
        ):
            raise Refusal("callbacks")
        if asked.get("return_train_score") and sees_the_estimator(asked.get("scorer")):
            # It may edit the training rows, which neighbours and kernels keep and readings share.
            raise Refusal("training scores by a scorer that is given the fitted estimator itself")
        error_score = asked.get("error_score", np.nan)
        if not isinstance(error_score, numbers.Number) and error_score != "raise":
            raise Refusal("")
        self.estimator = estimator_in_force(cell.estimator, cell.parameters)
        # A path over a transformer serves the steps of a Pipeline before its last one.
        self.paths = predicting_paths_for(self.estimator)
        self._offers = Offers(self.estimator, disabled)
        self._known = Remembered[Offer]()

    def offer(self, path: Path, cell: PathCell) -> Offer:
        """What a path offers; raises Refusal where it doesn't."""
        given = cell.asked.get("fit_params")
        key = path.name, cell.shape, id(given)
        return self._known.get(key, lambda: self._offers.offer(path, cell.shape, given or {}))


def estimator_in_force(estimator: Any, parameters: Mapping[str, Any] | None) -> Any:
    """A clone with the parameters set, as scikit-learn would fit it; raises Refusal where it refuses."""
    try:
        made = another(estimator)
        return with_parameters(made, parameters) if parameters else made
    except Exception as error:  # scikit-learn's own code says it, once a cell
        raise Refusal("scikit-learn refuses a parameter") from error


def n_columns_of(X: Any) -> int:
    """Columns of X, or -1 where X is no table."""
    dimensions: Any = getattr(X, "shape", ())
    if len(dimensions) == 2:
        return int(dimensions[1])
    rows = X if isinstance(X, list | tuple) and len(X) else None
    return len(rows[0]) if rows is not None and isinstance(rows[0], list | tuple) else -1


def sees_the_estimator(scorer: Any) -> bool:
    """Whether a scorer is given the fitted estimator itself, which it may edit."""
    return scorer is not None and not all(
        map(_versions.is_plain_scorer, _versions.scorers_of(scorer).values())
    )


def _of_lone(reason: str, path: Path) -> str:
    """Why a cell is left that has nobody to share with; what the engine would need says more."""
    if reason and not reason.endswith(NO_LEARNER):
        return reason
    return _joined(reason, f"{path.name}: no other candidate differs in that alone")


def _joined(reason: str, more: str) -> str:
    return "; ".join(part for part in (reason, more) if part)
