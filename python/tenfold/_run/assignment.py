"""What a place is given to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tenfold._gather.calls import Answer, Request
from tenfold._plan.part import Part
from tenfold._run.progress import Progress
from tenfold._translate.cells import Translation


@dataclass(frozen=True)
class Assignment:
    """A translated request, and who is told what comes of it.

    Attributes
    ----------
    engine : module or None
        None where nothing may be native.
    request : Request
    translation : Translation
    n_threads : int
        Threads, worker processes or tasks at a time.
    progress : Progress
    answer : callable
        Takes the result of a call, by its number in the request.
    part : Part or None
        Where it is written down what is done, if it is.
    shares : bool
        Whether paths may be used.
    """

    engine: Any
    request: Request
    translation: Translation
    n_threads: int
    progress: Progress
    answer: Answer
    part: Part | None
    shares: bool
