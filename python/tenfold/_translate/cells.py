"""From gathered calls to what the engine is asked: plain specs, or "not native" and why.

A search has few distinct estimators, parameter sets, splits and ways of scoring, and many cells. So each
distinct thing is translated once and remembered by identity or value; a cell costs a few look-ups.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score

from tenfold import _learners, _versions
from tenfold._config import get_config, waiting_budget
from tenfold._data.table import Split, SplitTable
from tenfold._gather.calls import Call, Kind, Request, arguments_of_cell
from tenfold._learners.parameters import check_parameters, names_of
from tenfold._learners.weights import ClassWeight, RowWeights, SampleWeight
from tenfold._refusal import Refusal, Remembered
from tenfold._translate.session import Session

# How the reason ends where the engine does not know a class at all.
NO_LEARNER = "has no native learner"
_DOUBLE = 8


class Manner(NamedTuple):
    """How a cell's answer is read off, the same for all cells of nearly every search."""

    accuracy: bool  # every scorer is accuracy and nothing else is asked: the score alone answers
    train: bool  # responses or scores on the training rows too
    own_trees: bool  # somebody will look at the trees: they must be the ones that gave the scores
    in_order: bool = False  # scikit-learn prints a line a cell


class NativeCell(NamedTuple):
    """One native cell: which call it answers, and its place in the engine's request.

    Cells without a number are answered, and here so that the others draw what they would have beside them.
    """

    number: int | None
    call: Call
    estimator: Any
    split: Split
    spec: int
    split_number: int
    master_seed: int | None  # seeds a fit of its own, for an estimator without random_state
    weighted: bool = False  # its fit is given sample_weight


@dataclass
class NativeRun:
    """Cells that one engine search answers: one table, one manner, one learner."""

    table: SplitTable
    manner: Manner
    learner_name: str
    cells: list[NativeCell] = field(default_factory=list)
    specs: list[tuple[Any, int]] = field(default_factory=list)  # arguments, number of the source
    sources: list[Any] = field(default_factory=list)  # of seeds, as the learner has them
    splits: list[Split] = field(default_factory=list)
    weights: list[RowWeights] = field(default_factory=list)
    disabled_rules: tuple[str, ...] = ()
    # Weights of training rows by their place and the split's; and repeats of splits.
    _of_rows: Remembered[Any] = field(default_factory=Remembered)

    def __getstate__(self) -> dict[str, Any]:
        """Without what can be made again: it is as large as the data."""
        return {**vars(self), "_of_rows": Remembered()}

    def part(self, cells: Sequence[NativeCell]) -> NativeRun:
        """Some cells' own run, with the specs and the sources of seeds that they name and no others."""
        specs: list[tuple[Any, int]] = []
        of_specs: dict[int, int] = {}
        of_sources: dict[int, int] = {}
        own = []
        for cell in cells:
            if cell.spec not in of_specs:
                of_specs[cell.spec] = len(specs)
                arguments, source = self.specs[cell.spec]
                if source >= 0:
                    source = of_sources.setdefault(source, len(of_sources))
                specs.append((arguments, source))
            own.append(cell._replace(spec=of_specs[cell.spec]))
        sources = [self.sources[source] for source in of_sources]
        return replace(self, cells=own, specs=specs, sources=sources)

    def answered(self) -> list[int]:
        """Places of the cells that somebody else has answered."""
        return [place for place, cell in enumerate(self.cells) if cell.number is None]

    def learner(self, engine: Any) -> Any:
        """The engine's learner of these specs."""
        of_splits = _learners.named(self.learner_name).of_splits(self)
        kind = type(self.specs[0][0])
        return kind.engine_learner(engine, self.specs, self.seed_arrays(), of_splits)

    def weights_or_ones(self, kind: int, split_number: int) -> Any:
        """Weights of a split's training rows; where they are refused, no cell asks for them."""
        try:
            return self.weights_of_rows(kind, split_number)
        except Refusal:
            return np.ones(len(self.splits[split_number].train))

    def weights_of_rows(self, kind: int, split_number: int) -> Any:
        """Weights of a split's training rows; raises Refusal where scikit-learn refuses them."""

        def make() -> Any:
            weights, rows = self.weights[kind], self.splits[split_number].train
            labels = None if weights.class_weight is None else self.table.labels(rows)
            return weights.of_rows(labels, rows)

        return self._of_rows.get((kind, split_number), make)

    def places(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Per cell its spec and its split, (n_cells, 2)."""
        numbers = itertools.chain.from_iterable(
            (cell.spec, cell.split_number) for cell in self.cells
        )
        return np.fromiter(numbers, dtype=np.int32, count=2 * len(self.cells)).reshape(-1, 2)

    def seed_arrays(self) -> list[Any]:
        """Per source its seeds as plain arrays, as many as the specs that read it want."""
        arrays: list[Any] = _learners.named(self.learner_name).seed_arrays(self.specs, self.sources)
        return arrays

    def repeats(self) -> list[int]:
        """Per split, how many earlier ones train on the same rows: unseeded, each draws anew."""
        if not self.has_free_seed:
            return [0] * len(self.splits)

        def count() -> list[int]:
            met: dict[bytes, int] = {}
            numbers = []
            for split in self.splits:
                digest = hashlib.sha256(split.train.tobytes()).digest()
                numbers.append(met.get(digest, 0))
                met[digest] = numbers[-1] + 1
            return numbers

        numbers: list[int] = self._of_rows.get("repeats", count)
        return numbers

    def waiting_bytes(self) -> int:
        """What responses that wait to be scored take at most."""
        if self.manner.accuracy:
            return 0
        n_rows = sum(len(cell.split.test) for cell in self.cells)
        if self.manner.train:
            n_rows += sum(len(cell.split.train) for cell in self.cells)
        n_bytes: int = n_rows * self.table.n_responses * _DOUBLE
        return n_bytes if self.manner.in_order else min(n_bytes, waiting_budget())

    def scoring_bytes(self) -> int:
        """What one cell takes while it is scored: scikit-learn's copies of rows, ours of responses."""
        if self.manner.accuracy:
            return 0
        n_rows = max(len(cell.split.test) + len(cell.split.train) for cell in self.cells)
        n_bytes: int = n_rows * (self.table.row_bytes + 3 * self.table.n_responses * _DOUBLE)
        return n_bytes

    @property
    def has_free_seed(self) -> bool:
        """Whether some spec leaves its random numbers to the engine."""
        return any(source < 0 for _, source in self.specs)


@dataclass
class Translation:
    """What the engine answers, and the other calls with the reason each."""

    runs: list[NativeRun]
    left: list[tuple[int, str]]


def translate(request: Request, session: Session, engine: Any) -> Translation:
    """Sort the calls of a search into native runs and calls left to scikit-learn."""
    translator = _Translator(session, engine)
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

    def __init__(self, session: Session, engine: Any) -> None:
        self.runs: dict[tuple[int, Manner, str], NativeRun] = {}
        self._session = session
        self._engine = engine
        self._manners = Remembered[Manner]()
        self._candidates = Remembered[Any]()
        self._places: dict[Any, int] = {}
        self._configuration = refusal_of_configuration(routes=True)
        of_learners = _learners.rules()
        disabled = get_config()["disabled_rules"]
        self._disabled_rules = tuple(name for name in disabled if name in of_learners)

    def take(self, index: int, call: Call) -> None:
        """Give a call its cell; raises Refusal where it has none."""
        if self._configuration is not None:
            raise Refusal(self._configuration)
        asked = arguments_of_cell(call)
        if asked is None:
            raise Refusal(f"{call.kind.value} has no native form")
        estimator, X, y = asked["estimator"], asked["X"], asked["y"]
        manner = self._manner(call.kind, asked)
        candidate_key, candidate = self._candidate(estimator, asked.get("parameters"))
        learner = _learners.learner_of(type(estimator))
        weights = candidate.row_weights(self._sample_weight(asked.get("fit_params"), X))
        table: SplitTable = learner.table_of(self._session, self._engine, X, y, candidate, weights)
        if not learner.scores_accuracy(candidate):
            manner = manner._replace(accuracy=False)
        split = table.split(asked["train"], asked["test"])
        candidate.check_rows(table, split.train, responds=not manner.accuracy)
        run = self._run(table, manner, learner.NAME)
        master_seed = None
        seed = candidate.seed
        if seed is None and manner.own_trees:
            master_seed = int(np.random.randint(np.iinfo(np.int32).max))
            seed = learner.seed_of_number(master_seed)
        source = -1 if seed is None else self._source(run, candidate.source(seed))
        split_number = self._place(run.splits, (id(run), "split", id(split)), split)
        spec = self._spec(run, candidate_key, candidate, split_number, source, weights)
        weighted = weights is not None and weights.sample_weight is not None
        run.cells.append(
            NativeCell(index, call, estimator, split, spec, split_number, master_seed, weighted)
        )

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
        return self._manners.get(key, lambda: _manner_of(asked))

    def _candidate(self, estimator: Any, parameters: dict[str, Any] | None) -> tuple[Any, Any]:
        learner = type(estimator)
        if not _learners.is_native(learner):
            raise Refusal(f"{learner.__name__} {NO_LEARNER}")
        base_key = _key_of_parameters(estimator)
        key = (base_key, id(parameters))
        candidate = self._candidates.get(
            key, lambda: self._new_candidate(learner, estimator, parameters)
        )
        return key, candidate

    def _new_candidate(
        self, learner: type, estimator: Any, parameters: dict[str, Any] | None
    ) -> Any:
        module = _learners.learner_of(learner)
        names = names_of(learner)
        values = vars(estimator)
        module.checked_extras(estimator, set(values) - set(names))
        merged = {name: values[name] for name in names}
        for name, value in (parameters or {}).items():
            if name not in merged:
                raise Refusal(f"{name!r} is not a parameter of {learner.__name__}")
            merged[name] = value
        check_parameters(learner, merged)
        return module.candidate_of(learner, merged)

    def _run(self, table: SplitTable, manner: Manner, learner: str) -> NativeRun:
        key = (id(table), manner, learner)
        if key not in self.runs:
            self.runs[key] = NativeRun(table, manner, learner, disabled_rules=self._disabled_rules)
        return self.runs[key]

    def _source(self, run: NativeRun, source: Any) -> int:
        return self._place(run.sources, (id(run), "source", source), source)

    def _spec(
        self,
        run: NativeRun,
        candidate_key: Any,
        candidate: Any,
        split_number: int,
        source: int,
        weights: RowWeights | None,
    ) -> int:
        n_rows = len(run.splits[split_number].train)
        # Without weights, splits of as many rows have the same specs.
        of_split = None if weights is None else split_number
        quick_key = (id(run), candidate_key, n_rows, source, weights, of_split)
        if quick_key not in self._places:
            arguments = self._arguments(run, candidate, split_number, weights)
            place = self._place(
                run.specs, (id(run), "spec", arguments, source), (arguments, source)
            )
            self._places[quick_key] = place
        return self._places[quick_key]

    def _arguments(
        self, run: NativeRun, candidate: Any, split_number: int, weights: RowWeights | None
    ) -> Any:
        sizes = len(run.splits[split_number].train), run.table.n_columns
        if weights is None or not weights.are_any:
            return candidate.spec(*sizes, run.table, weights)
        kind = self._place(run.weights, (id(run), "weights", weights), weights)
        of_rows = run.weights_of_rows(kind, split_number)
        return candidate.spec(*sizes, run.table, weights, of_rows).weighing(kind)

    def _sample_weight(self, fit_params: dict[str, Any] | None, X: Any) -> SampleWeight | None:
        """The weights that an estimator's ``fit`` is given; raises Refusal for anything else."""
        given = None
        for name, value in (fit_params or {}).items():
            # Parameters that are None are none; what scikit-learn doesn't know it is to say so itself.
            if name != "sample_weight":
                raise Refusal("fit parameters other than sample_weight")
            given = value
        if given is None:
            return None
        weights = self._session.sample_weight(given)
        if len(weights.values) != _versions.num_samples(X):
            raise Refusal("sample_weight is not of as many rows as X")
        return weights

    def _place(self, items: list[Any], key: Any, item: Any) -> int:
        """Position of an item in a list that holds each distinct key once."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(items)
            items.append(item)
        return place


def refusal_of_configuration(*, routes: bool = False) -> str | None:
    """Why scikit-learn's configuration keeps every call from being ours, in words; None where it doesn't.

    ``routes``: whether the asker knows what to do with metadata that are routed.
    """
    configuration = sklearn.get_config()
    if configuration.get("enable_metadata_routing") and not routes:
        return "metadata routing is on"
    if configuration.get("array_api_dispatch"):
        return "array API dispatch is on"
    return None


def _manner_of(asked: dict[str, Any]) -> Manner:
    for parameter in asked.get("score_params") or {}:
        if parameter != "sample_weight":
            raise Refusal("score parameters other than sample_weight")
    weighs_scores = (asked.get("score_params") or {}).get("sample_weight") is not None
    train = bool(asked.get("return_train_score", False))
    if "scorer" not in asked:  # cross_val_predict
        return Manner(accuracy=False, train=False, own_trees=False)
    scorers = _versions.scorers_of(asked["scorer"]).values()
    if not all(map(_versions.is_plain_scorer, scorers)):
        raise Refusal("a scorer that is given the fitted estimator itself")
    with_estimator = bool(asked.get("return_estimator", False))
    accuracy = (
        not with_estimator
        and not weighs_scores
        and not asked.get("return_parameters", False)
        and asked.get("verbose", 0) <= 1
        and all(_is_accuracy(scorer) for scorer in scorers)
    )
    return Manner(
        accuracy,
        train,
        own_trees=with_estimator,
        in_order=asked.get("verbose", 0) > 1,
    )


def _is_accuracy(scorer: Any) -> bool:
    if _versions.is_a(scorer, _versions.PassthroughScorer):  # the learners' own score is accuracy
        return True
    if not _versions.is_plain_scorer(scorer):
        return False
    function, options, sign, methods = _versions.parts_of_scorer(scorer)
    return function is accuracy_score and not options and sign == 1 and methods == "predict"


_UNHASHABLE = frozenset({dict, list, np.ndarray})


def _hashable(parameter: Any) -> Any:
    """A parameter as something that can be hashed, if only its kind is known."""
    if type(parameter) is dict:
        return ClassWeight.of(parameter)
    if type(parameter) is list:
        return tuple(parameter), tuple(map(type, parameter))
    if type(parameter) is np.ndarray and parameter.dtype.kind in "biuf":
        return parameter.dtype.str, parameter.shape, parameter.tobytes()
    return parameter


def _key_of_parameters(estimator: Any) -> Any:
    """Equal for estimators of equal class and parameters (True, 1 and 1.0 are not equal here)."""
    values = vars(estimator)
    learner = type(estimator)
    try:
        parameters = tuple([values[name] for name in names_of(learner)])
        types = tuple(map(type, parameters))
        if not _UNHASHABLE.isdisjoint(types):
            parameters = tuple(map(_hashable, parameters))
        key = (learner, len(values), parameters, types)
        hash(key)
    except (KeyError, TypeError) as error:
        raise Refusal("the estimator has parameters of unknown kind") from error
    return key
