"""From gathered calls to what the engine is asked: plain specs, or "not native" and why.

A search has few distinct estimators, parameter sets, splits and ways of scoring, and many cells. So each
distinct thing is translated once and remembered by identity or value; a cell costs a few look-ups.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score

from tenfold import _versions
from tenfold._gather.calls import Call, Kind, Request, arguments_of
from tenfold._gather.session import Session
from tenfold._learners import ordered_trees
from tenfold._learners import trees as forest
from tenfold._refusal import Refusal
from tenfold._sharing.rules import disabled_rules
from tenfold._translate.ordered_table import OrderedTable
from tenfold._translate.table import Split, Table

_LEARNERS: dict[type, Any] = {
    **dict.fromkeys(forest.LEARNERS, forest),
    **dict.fromkeys(ordered_trees.REGRESSORS, ordered_trees),
}
# Any of the rows may be drawn every time, and the engine counts draws of a row in 16 bits.
_MOST_WEIGHTED_DRAWS = 65_535
_Candidate = forest.Candidate | ordered_trees.OrderedCandidate
_Arguments = forest.SpecArguments | ordered_trees.OrderedArguments


class Manner(NamedTuple):
    """How a cell's answer is read off, the same for all cells of nearly every search."""

    accuracy: bool  # every scorer is accuracy and nothing else is asked: the score alone answers
    train: bool  # responses or scores on the training rows too
    own_trees: bool  # somebody may look at the trees: they must be the ones that gave the scores
    in_order: bool = False  # scikit-learn prints a line a cell


class Cell(NamedTuple):
    """One native cell: which call it answers, and its place in the engine's request."""

    number: int
    call: Call
    estimator: Any
    split: Split
    spec: int
    split_number: int
    master_seed: int | None  # seeds trees of its own, for a forest without random_state


@dataclass
class NativeRun:
    """Cells that one engine search answers: one table, one manner."""

    table: Table | OrderedTable
    manner: Manner
    cells: list[Cell] = field(default_factory=list)
    specs: list[tuple[_Arguments, int]] = field(default_factory=list)
    seeds: list[tuple[forest.Seed, bool]] = field(default_factory=list)  # seed, is a forest's
    splits: list[Split] = field(default_factory=list)
    class_weights: list[str] = field(default_factory=list)  # by which bootstraps are drawn
    disabled_rules: tuple[str, ...] = ()

    def learner(self, engine: Any) -> Any:
        """The engine's learner of these specs."""
        specs = [arguments.engine_spec(engine, source) for arguments, source in self.specs]
        probabilities = [
            [
                forest.probabilities_of(class_weight, self.table.labels(split.train))
                for split in self.splits
            ]
            for class_weight in self.class_weights
        ]
        sources = [engine.SeedSource(seeds, state) for seeds, state in self.seed_arrays()]
        if isinstance(self.table, OrderedTable):
            return engine.ordered_forest_learner(specs, sources, [])
        return engine.forest_learner(specs, sources, probabilities)

    def places(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Per cell its spec and its split, (n_cells, 2)."""
        numbers = itertools.chain.from_iterable(
            (cell.spec, cell.split_number) for cell in self.cells
        )
        return np.fromiter(numbers, dtype=np.int32, count=2 * len(self.cells)).reshape(-1, 2)

    def seed_arrays(self) -> list[tuple[np.ndarray[Any, np.dtype[np.uint32]], int | None]]:
        """Per seed source the tree seeds and, of a single tree, its splitter's state."""
        longest = [0] * len(self.seeds)
        for arguments, source in self.specs:
            if source >= 0:
                longest[source] = max(longest[source], arguments.n_estimators)
        return [
            _seed_arrays(seed, is_forest, n_trees)
            for (seed, is_forest), n_trees in zip(self.seeds, longest, strict=True)
        ]

    def repeats(self) -> list[int]:
        """Per split, how many earlier ones train on the same rows: unseeded, each draws anew."""
        if not self.has_free_seed:
            return [0] * len(self.splits)
        met: dict[bytes, int] = {}
        numbers = []
        for split in self.splits:
            digest = hashlib.sha256(split.train.tobytes()).digest()
            numbers.append(met.get(digest, 0))
            met[digest] = numbers[-1] + 1
        return numbers

    @property
    def has_free_seed(self) -> bool:
        """Whether some spec leaves its random numbers to the engine."""
        return any(source < 0 for _, source in self.specs)


def _seed_arrays(
    seed: forest.Seed, is_forest: bool, n_trees: int
) -> tuple[np.ndarray[Any, np.dtype[np.uint32]], int | None]:
    if is_forest:
        return seed.tree_seeds(n_trees), None
    if seed.number is not None:
        return np.array([seed.number], dtype=np.uint32), None
    return np.zeros(1, dtype=np.uint32), seed.splitter_state()


@dataclass
class Translation:
    """What the engine answers, and the other calls with the reason each."""

    runs: list[NativeRun]
    left: list[tuple[int, str]]


def translate(
    request: Request, session: Session, engine: Any, on_spark: bool = False
) -> Translation:
    """Sort the calls of a search into native runs and calls left to scikit-learn."""
    translator = _Translator(session, engine, on_spark)
    left: list[tuple[int, str]] = []
    for index, call in enumerate(request.calls):
        try:
            translator.take(index, call)
        except Refusal as reason:
            left.append((index, str(reason)))
    # A run of which every cell turned out to be refused answers nothing.
    return Translation([run for run in translator.runs.values() if run.cells], left)


class _Translator:
    """Translates cells, remembering all that cells share."""

    def __init__(self, session: Session, engine: Any, on_spark: bool) -> None:
        self._on_spark = on_spark
        self.runs: dict[tuple[int, Manner], NativeRun] = {}
        self._session = session
        self._engine = engine
        self._manners = _Memory(_manner_of)
        self._bases: dict[Any, dict[str, Any] | Refusal] = {}
        self._candidates: dict[Any, _Candidate | Refusal] = {}
        self._places: dict[Any, int] = {}
        self._configuration = refusal_of_configuration()
        self._disabled_rules = disabled_rules()

    def take(self, index: int, call: Call) -> None:
        """Give a call its cell; raises Refusal where it has none."""
        if self._configuration is not None:
            raise Refusal(self._configuration)
        kind = call.kind
        if kind is Kind.FIT_AND_SCORE and len(call.args) == 3:
            estimator, X, y = call.args
            asked = call.kwargs
        elif kind in (Kind.FIT_AND_SCORE, Kind.FIT_AND_PREDICT):
            asked = arguments_of(call)
            estimator, X, y = asked["estimator"], asked["X"], asked["y"]
        else:
            raise Refusal(f"{kind.value} has no native form")
        manner = self._manner(kind, asked)
        candidate_key, candidate = self._candidate(estimator, asked.get("parameters"))
        table: Table | OrderedTable
        if isinstance(candidate, ordered_trees.OrderedCandidate):
            if self._on_spark:
                raise Refusal(f"{type(estimator).__name__} is native on one machine alone, for now")
            table = self._session.ordered_table(self._engine, X, y)
            if table.has_missing and not candidate.takes_missing:
                raise Refusal("X has missing values, which scikit-learn refuses for this learner")
            manner = manner._replace(accuracy=False)
        else:
            if candidate.class_weight is not None and self._on_spark:
                raise Refusal("class_weight is native on one machine alone, for now")
            table = self._session.table(self._engine, X, y)
        split = table.split(asked["train"], asked["test"])
        run = self._run(table, manner)
        master_seed = None
        seed = candidate.seed
        if seed is None and manner.own_trees:
            master_seed = int(np.random.randint(np.iinfo(np.int32).max))
            seed = forest.Seed(master_seed, None)
        source = -1 if seed is None else self._source(run, seed, candidate.is_forest)
        spec = self._spec(run, candidate_key, candidate, len(split.train), source)
        split_number = self._place(run.splits, (id(run), "split", id(split)), split)
        run.cells.append(Cell(index, call, estimator, split, spec, split_number, master_seed))

    def _manner(self, kind: Kind, asked: dict[str, Any]) -> Manner:
        if _versions.has_callbacks(asked.get("callback_ctx")):
            raise Refusal("callbacks")
        key = (
            kind,
            id(asked.get("scorer")),
            id(asked.get("fit_params")),
            id(asked.get("score_params")),
            asked.get("verbose", 0),
            asked.get("return_train_score", False),
            asked.get("return_estimator", False),
            asked.get("return_parameters", False),
        )
        manner: Manner = self._manners.get(key, asked)
        return manner

    def _candidate(
        self, estimator: Any, parameters: dict[str, Any] | None
    ) -> tuple[Any, _Candidate]:
        learner = type(estimator)
        if learner not in _LEARNERS:
            raise Refusal(f"{learner.__name__} has no native learner")
        base_key = _key_of_parameters(estimator)
        key = (base_key, id(parameters))
        if key not in self._candidates:
            try:
                self._candidates[key] = self._new_candidate(learner, estimator, parameters)
            except Refusal as reason:
                self._candidates[key] = reason
        found = self._candidates[key]
        if isinstance(found, Refusal):
            raise found
        return key, found

    def _new_candidate(
        self, learner: type, estimator: Any, parameters: dict[str, Any] | None
    ) -> _Candidate:
        names = _names_of(learner)
        values = vars(estimator)
        _LEARNERS[learner].checked_extras(estimator, set(values) - set(names))
        merged = {name: values[name] for name in names}
        for name, value in (parameters or {}).items():
            if name not in merged:
                raise Refusal(f"{name!r} is not a parameter of {learner.__name__}")
            merged[name] = value
        check_parameters(learner, merged)
        candidate: _Candidate = _LEARNERS[learner].candidate_of(learner, merged)
        return candidate

    def _run(self, table: Table | OrderedTable, manner: Manner) -> NativeRun:
        key = (id(table), manner)
        if key not in self.runs:
            self.runs[key] = NativeRun(table, manner, disabled_rules=self._disabled_rules)
        return self.runs[key]

    def _source(self, run: NativeRun, seed: forest.Seed, is_forest: bool) -> int:
        return self._place(run.seeds, (id(run), "seed", seed, is_forest), (seed, is_forest))

    def _spec(
        self,
        run: NativeRun,
        candidate_key: Any,
        candidate: _Candidate,
        n_rows: int,
        source: int,
    ) -> int:
        quick_key = (id(run), candidate_key, n_rows, source)
        if quick_key not in self._places:
            arguments: _Arguments = candidate.spec(n_rows, run.table.n_columns)
            if (
                isinstance(candidate, forest.Candidate)
                and isinstance(arguments, forest.SpecArguments)
                and candidate.class_weight is not None
            ):
                class_weight = candidate.class_weight
                if arguments.max_samples > _MOST_WEIGHTED_DRAWS:
                    raise Refusal(f"class_weight with {arguments.max_samples} rows drawn a tree")
                drawn_by = self._place(
                    run.class_weights, (id(run), "drawn by", class_weight), class_weight
                )
                arguments = arguments._replace(drawn_by=drawn_by)
            place = self._place(
                run.specs, (id(run), "spec", arguments, source), (arguments, source)
            )
            self._places[quick_key] = place
        return self._places[quick_key]

    def _place(self, items: list[Any], key: Any, item: Any) -> int:
        """Position of an item in a list that holds each distinct key once."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(items)
            items.append(item)
        return place


class _Memory:
    """Remembers a function's answers, refusals included, under keys that the caller chooses."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._answers: dict[Any, Any] = {}

    def get(self, key: Any, argument: Any) -> Any:
        if key not in self._answers:
            try:
                self._answers[key] = self._function(argument)
            except Refusal as reason:
                self._answers[key] = reason
        answer = self._answers[key]
        if isinstance(answer, Refusal):
            raise answer
        return answer


def refusal_of_configuration() -> str | None:
    """Why scikit-learn's configuration keeps every call from being ours, in words; None where it doesn't."""
    configuration = sklearn.get_config()
    if configuration.get("enable_metadata_routing"):
        return "metadata routing is on"
    if configuration.get("array_api_dispatch"):
        return "array API dispatch is on"
    return None


def _manner_of(asked: dict[str, Any]) -> Manner:
    for name, meaning in (("fit_params", "fit"), ("score_params", "score")):
        if any(value is not None for value in (asked.get(name) or {}).values()):
            raise Refusal(f"{meaning} parameters, such as sample weights")
    train = bool(asked.get("return_train_score", False))
    if "scorer" not in asked:  # cross_val_predict
        return Manner(accuracy=False, train=False, own_trees=False)
    scorers = _versions.scorers_of(asked["scorer"]).values()
    with_estimator = bool(asked.get("return_estimator", False))
    plain = all(_versions.is_plain_scorer(scorer) for scorer in scorers)
    accuracy = (
        not with_estimator
        and not asked.get("return_parameters", False)
        and asked.get("verbose", 0) <= 1
        and all(_is_accuracy(scorer) for scorer in scorers)
    )
    return Manner(
        accuracy,
        train,
        own_trees=with_estimator or not plain,
        in_order=asked.get("verbose", 0) > 1,
    )


def _is_accuracy(scorer: Any) -> bool:
    if _versions.is_a(scorer, _versions.PassthroughScorer):  # the learners' own score is accuracy
        return True
    return (
        issubclass(type(scorer), _versions.BaseScorer)
        and scorer._score_func is accuracy_score
        and not scorer._kwargs
        and scorer._sign == 1
        and scorer._response_method == "predict"
    )


_names: dict[type, tuple[str, ...]] = {}
_validity: dict[Any, bool] = {}


def _names_of(learner: type) -> tuple[str, ...]:
    if learner not in _names:
        _names[learner] = tuple(learner._get_param_names())  # type: ignore[attr-defined]
    return _names[learner]


def _key_of_parameters(estimator: Any) -> Any:
    """Equal for estimators of equal class and parameters (True, 1 and 1.0 are not equal here)."""
    values = vars(estimator)
    learner = type(estimator)
    try:
        parameters = tuple([values[name] for name in _names_of(learner)])
        key = (learner, len(values), parameters, tuple(map(type, parameters)))
        hash(key)
    except (KeyError, TypeError) as error:
        raise Refusal("the estimator has parameters of unknown kind") from error
    return key


def check_parameters(learner: type, parameters: dict[str, Any]) -> None:
    """Raise Refusal where scikit-learn would refuse a parameter, so that it gets to say so itself."""
    for name, value in parameters.items():
        if not _is_valid(learner, name, value):
            raise Refusal(f"scikit-learn refuses {name}={value!r}")


def _is_valid(learner: type, name: str, value: Any) -> bool:
    if isinstance(value, np.random.RandomState):
        return _versions.is_valid_parameter(learner, name, value)  # not to be kept alive by a cache
    try:
        key = (learner, name, type(value), value)
        if key not in _validity:
            if len(_validity) > 10_000:
                _validity.clear()
            _validity[key] = _versions.is_valid_parameter(learner, name, value)
        return _validity[key]
    except TypeError as error:  # a value that cannot be hashed
        raise Refusal(f"{name}={value!r} has no native form") from error
