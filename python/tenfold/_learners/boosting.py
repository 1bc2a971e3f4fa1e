"""Gradient boosting: scikit-learn's parameters into what the engine's boosting uses.

The resolution of parameters follows ``BaseGradientBoosting`` (sklearn/ensemble/_gb.py, 1.9). Trees are grown
in scikit-learn's order of samples, which changed with 1.9; that release's is the one that the engine
reproduces.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from tenfold import _versions
from tenfold._data.ordered_table import OrderedTable
from tenfold._learners.boosting_table import BoostingTable
from tenfold._learners.limits import UNLIMITED, TreeLimits
from tenfold._learners.responding import Predictions, RawPredictions, Responding
from tenfold._learners.seeds import Seed, seed_of, seed_of_number
from tenfold._learners.specs import Numbered, OfSplits, TreeArguments
from tenfold._learners.weights import RowWeights, SampleWeight
from tenfold._numerics import sklearn_boosting
from tenfold._refusal import Refusal

NAME = "boosting"
AFTER_TRANSFORMERS = True
LEARNERS: tuple[type, ...] = (GradientBoostingClassifier, GradientBoostingRegressor)
# A classifier has an alpha that is no parameter.
EXTRAS = frozenset({"alpha"})
_ALPHA = 0.9
# Their leaves are updated by order statistics, which are those of rows of equal weight.
SORTING_LOSSES = ("absolute_error", "huber", "quantile")
_LOSSES = ("squared_error", *SORTING_LOSSES, "log_loss", "exponential")
# Without a part in what is fitted.
_WITHOUT_EFFECT = frozenset({"warm_start", "validation_fraction", "tol"})
# The release whose sort of samples the engine reproduces.
_VERSION = (1, 9)
# Steps this long may throw predictions beyond all bounds.
_LONGEST_STEP = {"log_loss": 1e6, "exponential": 1e6}
_LONGEST_STEP_TO_NUMBERS = 2.0
# exp(raw) and its squares stay finite.
_FARTHEST_EXPONENT = 300.0


class Start(NamedTuple):
    """What the raw predictions before the first stage follow from, beside y."""

    loss: str
    init: str | None
    alpha: float
    weights: int


@dataclass(frozen=True, kw_only=True)
class BoostingArguments(TreeArguments):
    """The arguments of the engine's BoostingSpec but for its seed source."""

    loss: str
    alpha: float
    init: str | None
    learning_rate: float
    n_in_bag: int  # 0: all rows, and nothing is drawn
    max_leaf_nodes: int  # 0: no limit

    @property
    def start(self) -> Start:
        """Where it starts from."""
        return Start(self.loss, self.init, self.alpha, self.weights)

    def engine_spec(self, engine: Any, seed_source: int, start: int = 0) -> Any:
        """The engine's spec; ``start`` says which raw predictions of a split it starts from."""
        given = {name: value for name, value in vars(self).items() if name != "init"}
        return engine.BoostingSpec(**given, start=start, seed_source=seed_source)

    @classmethod
    def engine_learner(
        cls, engine: Any, specs: Numbered, seeds: list[Any], of_splits: tuple[OfSplits, OfSplits]
    ) -> Any:
        """The engine's learner of these specs; ``of_splits``: starts, and weights of training rows."""
        # table_of has asked it of the driver, whose processor may be another than an executor's.
        if not losses_agree(engine):
            raise RuntimeError("the engine's losses are not scikit-learn's on this machine")
        kinds = _starts(specs)
        return engine.boosting_learner(
            [
                arguments.engine_spec(engine, source, kinds.index(arguments.start))
                for arguments, source in specs
            ],
            [engine.MersenneTwister(words, n_used) for words, n_used in seeds],
            *[[list(of_kind) for of_kind in kinds_of] for kinds_of in of_splits],
        )


@dataclass(frozen=True, slots=True)
class BoostingCandidate:
    """One candidate's parameters, checked; resolved for a split by :meth:`spec`."""

    is_classifier: bool
    loss: str
    alpha: float
    init: str | None
    n_estimators: int
    learning_rate: float
    subsample: float
    limits: TreeLimits
    max_leaf_nodes: int
    ccp_alpha: float
    seed: Seed | None

    def source(self, seed: Seed) -> Seed:
        """What the engine's generator is made of."""
        return seed

    def row_weights(self, sample_weight: SampleWeight | None) -> RowWeights | None:
        """How training rows are weighed; None where all are alike."""
        if sample_weight is None:
            return None
        if self.loss in SORTING_LOSSES:
            raise Refusal(f"sample_weight has no native form with loss={self.loss!r}")
        return RowWeights("grow", False, None, sample_weight)

    def check_rows(self, table: Any, rows: Any, *, responds: bool) -> None:
        """Targets of training rows that scikit-learn would refuse are refused with the table."""

    def spec(
        self, n_rows: int, n_columns: int, table: Any, weights: Any = None, of_rows: Any = None
    ) -> BoostingArguments:
        """What the engine is given for this many training rows and columns.

        ``of_rows`` are the weights of the training rows, where they have any.
        """
        if of_rows is not None:
            self._refuse_weights(of_rows)
        n_in_bag = max(1, int(self.subsample * n_rows)) if self.subsample < 1.0 else 0
        weight = (n_in_bag or n_rows) if of_rows is None else np.sum(of_rows)
        return BoostingArguments(
            loss=self.loss,
            alpha=self.alpha,
            init=self.init,
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            n_in_bag=n_in_bag,
            **self.limits.of_tree(n_rows, n_columns, weight),
            max_leaf_nodes=self.max_leaf_nodes,
            ccp_alpha=self.ccp_alpha,
        )

    def _refuse_weights(self, of_rows: Any) -> None:
        if of_rows.dtype != np.float64:
            raise Refusal("weights of less than double precision")
        if not (of_rows > 0.0).all():
            raise Refusal("rows without weight")
        if self.limits.min_weight_fraction_leaf and self.subsample < 1.0:
            raise Refusal("min_weight_fraction_leaf of weights that differ from stage to stage")


def checked_extras(estimator: Any, extras: set[str]) -> None:
    """Refuse an estimator whose ``__dict__`` holds what no fresh clone of it would."""
    if extras - EXTRAS or (vars(estimator).get("alpha", _ALPHA) != _ALPHA and extras):
        raise Refusal("the estimator carries more than its parameters")


def candidate_of(learner: type, parameters: Mapping[str, Any]) -> BoostingCandidate:
    """Check one candidate's parameters; raises Refusal where scikit-learn must run it."""
    if _versions.version_tuple(_versions.SKLEARN_VERSION) != _VERSION:
        raise Refusal("gradient boosting is native with scikit-learn 1.9 alone")
    given = dict(parameters)
    if given.pop("verbose"):
        raise Refusal("the estimator is verbose")
    if given.pop("criterion") != "deprecated":
        raise Refusal("criterion is deprecated, and scikit-learn says so at each fit")
    if given.pop("n_iter_no_change") is not None:
        raise Refusal("n_iter_no_change has no native form yet")

    for name in _WITHOUT_EFFECT:
        given.pop(name, None)
    loss = given.pop("loss")
    if loss not in _LOSSES:
        raise Refusal(f"loss={loss!r} has no native form yet")
    init = given.pop("init")
    if init is not None and not isinstance(init, str):
        raise Refusal("init is an estimator")
    learning_rate = float(given.pop("learning_rate"))
    n_estimators = int(given.pop("n_estimators"))
    if learning_rate > _LONGEST_STEP.get(loss, _LONGEST_STEP_TO_NUMBERS):
        raise Refusal(
            f"with learning_rate={learning_rate:g} predictions may grow beyond all bounds"
        )
    if loss == "exponential" and learning_rate * n_estimators > _FARTHEST_EXPONENT:
        raise Refusal("exponentials may grow beyond all bounds")
    alpha = float(given.pop("alpha", 0.9))
    max_leaf_nodes = given.pop("max_leaf_nodes")
    candidate = BoostingCandidate(
        is_classifier=learner is GradientBoostingClassifier,
        loss=loss,
        alpha=alpha if loss in ("huber", "quantile") else 0.5,
        init=init,
        n_estimators=n_estimators,
        learning_rate=learning_rate,
        subsample=float(given.pop("subsample")),
        limits=TreeLimits(**TreeLimits.taken(given)),
        max_leaf_nodes=0 if max_leaf_nodes is None else min(int(max_leaf_nodes), UNLIMITED),
        ccp_alpha=float(given.pop("ccp_alpha")),
        seed=seed_of(given.pop("random_state")),
    )
    if given:
        raise Refusal(f"{sorted(given)[0]} is a parameter that tenfold does not know")
    return candidate


def scores_accuracy(candidate: BoostingCandidate) -> bool:
    """Whether the estimator's own score is accuracy."""
    return candidate.is_classifier


class _RawPredictions(RawPredictions):
    def _become_fitted(self, result: Any) -> None:
        self.classes_ = result.classes
        self.n_classes_ = len(result.classes)
        self._loss = sklearn_boosting.loss_of(vars(self)["loss"], self.n_classes_)


def responding(learner: type) -> type[Responding]:
    """How stand-ins of a class answer."""
    return _RawPredictions if learner is GradientBoostingClassifier else Predictions


def table_of(
    session: Any, engine: Any, X: Any, y: Any, candidate: BoostingCandidate, weights: Any
) -> Any:
    """Ranks of X, and y as numbers or classes."""
    if not losses_agree(engine):
        raise Refusal("the engine's losses are not scikit-learn's on this machine")
    if candidate.is_classifier:
        table = session.table(BoostingTable, engine, X, y)
        if candidate.loss == "exponential" and len(table.classes) != 2:
            raise Refusal("scikit-learn refuses the exponential loss of more than two classes")
    else:
        table = session.table(OrderedTable, engine, X, y)
    if table.has_missing:
        raise Refusal("X has missing values, which scikit-learn refuses for this learner")
    return table


def of_splits(run: Any) -> tuple[list[list[Any]], list[list[Any]]]:
    """The raw predictions before the first stage, by kind of start and split; and weights of rows."""
    targets = [run.table.target(split.train) for split in run.splits]
    weights = [
        [np.ascontiguousarray(run.weights_or_ones(kind, split)) for split in range(len(targets))]
        for kind in range(len(run.weights))
    ]
    starts = [
        [
            _start_of(start, n, y, weights[start.weights][split] if start.weights >= 0 else None)
            for split, (n, y) in enumerate(targets)
        ]
        for start in _starts(run.specs)
    ]
    return starts, weights


def _starts(specs: Numbered) -> list[Start]:
    return list(dict.fromkeys(arguments.start for arguments, _ in specs))


def _start_of(
    start: Start, n_classes: int, y: NDArray[np.float64], weights: Any
) -> NDArray[np.float64]:
    raw = sklearn_boosting.start_of(start.loss, start.init, start.alpha, n_classes, y, weights)
    if raw is None:
        raise RuntimeError("scikit-learn's constant start differs from row to row")
    return raw


def seed_arrays(specs: Numbered, sources: list[Seed]) -> list[Any]:
    """Per source the words of its generator, and how many of them are used up."""
    return [generator_arrays(seed.generator()) for seed in sources]


def generator_arrays(generator: np.random.RandomState) -> tuple[NDArray[np.uint32], int]:
    """A generator's words, and how many of them are used up."""
    state: Any = generator.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":
        raise Refusal(f"random_state draws by {state['bit_generator']}")
    return np.ascontiguousarray(state["state"]["key"], dtype=np.uint32), int(state["state"]["pos"])


@functools.cache
def losses_agree(engine: Any) -> bool:
    """Whether engine and scikit-learn call the same exponentials and logarithms, tried on some thousand.

    Both call the C library's; a wheel that brings another one would differ in last bits.
    """
    generator = np.random.RandomState(0)
    of_classes = [("log_loss", 2), ("log_loss", 3), ("exponential", 2)]
    for name, n_classes in [*of_classes, *((name, 0) for name in _LOSSES[:4])]:
        n_outputs = n_classes if n_classes > 2 else 1
        y = (
            generator.randint(0, n_classes, 4000) * 1.0
            if n_classes
            else generator.normal(size=4000)
        )
        raw = generator.normal(size=(4000, n_outputs)) * 10.0 ** generator.uniform(
            -3, 1.3, size=(4000, 1)
        )
        loss = sklearn_boosting.loss_of(name, n_classes)
        gradients = -loss.gradient(y_true=y, raw_prediction=raw)
        values = loss.loss(y_true=y, raw_prediction=raw)
        parameter = {"huber": 0.5, "quantile": 0.9}.get(name, 0.0)  # scikit-learn's own defaults
        ours = engine.boosting_gradients(name, parameter, n_outputs, y, raw.ravel())
        if not np.array_equal(ours, gradients.ravel()):
            return False
        ours = engine.boosting_losses(name, parameter, n_outputs, y, raw.ravel())
        if not np.array_equal(ours, values):
            return False
    return True


__all__ = [
    "EXTRAS",
    "LEARNERS",
    "NAME",
    "candidate_of",
    "checked_extras",
    "seed_of_number",
]
