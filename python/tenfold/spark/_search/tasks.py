"""What a task is told: plain data and references to objects that all tasks share.

Four kinds. The first needs NumPy and the engine alone; the others run scikit-learn's own code too, the last
one any code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # it imports scikit-learn, which an executor may do without
    from tenfold.spark._search.draws import Drawn, Seeds

# Arrays from this size on joblib maps for its workers, to be read alone; of smaller ones these have copies.
MAPPED_BYTES = 1 << 20


@dataclass
class AccuracyTask:
    """Cells of one engine search whose accuracy answers them.

    Attributes
    ----------
    store : the engine's Dataset
    specs : list of (object, int)
        A spec's arguments, whose class makes the engine's learner, and the number of its seed source.
    sources : list
        Seeds as plain arrays, as the learner has them.
    splits : dict of int to (train, test)
        By number, the splits that the cells name.
    cells : ndarray of shape (n_cells, 2)
        Spec and split of each.
    repeats : dict of int to int
        By number, how many of the request's earlier splits train on the same rows.
    disabled_rules : tuple of str
    """

    store: Any
    specs: list[tuple[Any, int]]
    sources: list[Any]
    splits: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]
    cells: NDArray[np.int32]
    free_seed: int
    score_train: bool
    repeats: dict[int, int] = field(default_factory=dict)
    disabled_rules: tuple[str, ...] = ()


@dataclass
class AccuracyResult:
    """Per cell its accuracy (test, train) and seconds (fit, score); per family the seconds spent."""

    accuracy: NDArray[np.float64]
    seconds: NDArray[np.float64]
    family_seconds: list[float]


@dataclass
class ResponseTask:
    """Cells of one native run that scikit-learn's own scoring answers, over native probabilities."""

    run: Any  # a NativeRun
    free_seed: int


@dataclass
class CallsTask:
    """Calls that scikit-learn's own code answers; ``shared`` where they share transformers.

    Attributes
    ----------
    indices : list of int
        Numbers of the calls in the request.
    calls : list of Call
    seeds : Seeds
        For the global generators, which estimators without ``random_state`` draw from.
    free_seed : int or None
        For native last steps of Pipelines without ``random_state``.
    disabled_rules : tuple of str
        As the driver's setting.
    paths : list of bytes
        Those that users registered on the driver, pickled each by itself: an executor may lack the module of
        one that this search does not need.
    numbers : list of int
        Numbers of the calls in the search, of which the request may be a part: they decide what is drawn.
    """

    indices: list[int]
    calls: list[Any]
    seeds: Seeds
    numbers: list[int]
    shared: bool = False
    free_seed: int | None = None
    disabled_rules: tuple[str, ...] = ()
    paths: list[bytes] = field(default_factory=list)


@dataclass
class PlainTask:
    """Calls of joblib's that are no search.

    Attributes
    ----------
    indices, numbers, seeds, disabled_rules
        As a :class:`CallsTask` has them.
    arrays : list of ndarray
        What the calls refer to, by its place here.
    calls : bytes
        The calls, (function, args, kwargs) each, pickled together with what they do not refer to.
    """

    indices: list[int]
    numbers: list[int]
    seeds: Seeds
    arrays: list[Any]
    calls: bytes
    disabled_rules: tuple[str, ...] = ()


@dataclass
class CallsResult:
    """Answers in the order in which they came, what was printed and warned of, and what was native.

    Attributes
    ----------
    answers : list of (int, object)
        Number of a call in the request, and what it gave.
    parts : list of NativePart
        Plans of native last steps.
    families : list of ReadFamily
        What paths read off.
    last_reasons : dict of int to str
        Per call, why its last step was left to scikit-learn's code.
    unshared : dict of int to str
        Per call that shared no transformers after all, why.
    family_seconds : list of float
        Per family of a native run.
    drawn : Drawn
        Which global generators calls drew from.
    printed, warned : str, list
        As :class:`tenfold._run.worker.Kept` has them.
    """

    answers: list[tuple[int, Any]] = field(default_factory=list)
    parts: list[Any] = field(default_factory=list)
    families: list[Any] = field(default_factory=list)
    last_reasons: dict[int, str] = field(default_factory=dict)
    unshared: dict[int, str] = field(default_factory=dict)
    family_seconds: list[float] = field(default_factory=list)
    drawn: Drawn | tuple[bool, bool] = (False, False)
    printed: str = ""
    warned: list[Any] = field(default_factory=list)
