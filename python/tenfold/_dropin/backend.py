"""The joblib backend that users name: what is gathered is run by tenfold."""

from __future__ import annotations

from typing import Any

from tenfold._gather.backend import GatheringBackend
from tenfold._gather.calls import Answer, Request
from tenfold._run import request as run
from tenfold._run.where import takes_any_calls
from tenfold._translate.session import Session


class TenfoldBackend(GatheringBackend):
    """A joblib backend that answers a whole search at once.

    Registered as ``"tenfold"`` when tenfold is imported, so that scikit-learn's own search classes use the
    engine inside ``joblib.parallel_config(backend="tenfold")``.

    Parameters
    ----------
    nesting_level : int, optional
        How many parallel runs enclose this one; set by joblib.
    **options
        What joblib hands to every backend.

    Examples
    --------
    >>> import joblib, tenfold
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> with joblib.parallel_config(backend="tenfold"):
    ...     scores = cross_val_score(DecisionTreeClassifier(random_state=0), X, y, cv=3)
    >>> scores.shape
    (3,)
    """

    _session: Session | None = None

    def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
        """Take a ``Parallel`` object, and keep its data from one of its runs to the next."""
        n_workers = super().configure(n_jobs, parallel, **options)
        self._session = Session()
        return n_workers

    def terminate(self) -> None:
        """Forget the data too: the ``Parallel`` object is done with."""
        super().terminate()
        self._session = None

    def takes_any_calls(self, options: dict[str, Any]) -> bool:
        """Whether calls of a plain ``Parallel`` that names no ``n_jobs`` may run on Spark."""
        return not self.nesting_level and takes_any_calls(options)

    def answer_all(self, request: Request, answer: Answer) -> None:
        """Answer every call of a request."""
        assert self._session is not None
        run.run(request, self._session, answer)
