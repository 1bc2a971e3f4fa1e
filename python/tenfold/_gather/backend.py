"""A joblib backend that gathers the calls of a ``Parallel`` run, then has them all answered at once.

joblib dispatches every call before it retrieves the first result when ``pre_dispatch`` is "all". So
:meth:`GatheringBackend.submit` only keeps the calls, and :meth:`GatheringBackend.retrieval_context`, entered
before the first result is asked for, sees the search as a whole. Each ``Parallel`` object gets a backend of
its own, since the one that ``parallel_config`` holds is shared by every run nested in it.

Calls that are no search (say, the bags of a ``BaggingClassifier`` that is being refitted) go where they
would have gone without tenfold: run one by one as they come, or by joblib's own threads or processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from joblib.parallel import FallbackToBackend, ParallelBackendBase

from tenfold._gather.calls import Answer, Call, Kind, Request, is_search, kind_of, splits_are_listed
from tenfold._gather.row_numbers import RowNumbers
from tenfold._threads import allowed_threads, resolve_jobs

# What joblib passes as n_jobs where the user gave none; far below any count from the end.
_NOT_GIVEN = -(2**30)
# Calls a batch once a search is recognised: all that there are.
_WHOLE_SEARCH = 2**20
# Calls that are given the rows to train on and to test on.
_OVER_SPLITS = (Kind.FIT_AND_SCORE, Kind.FIT_AND_PREDICT)
_PASSED_ON = ("max_nbytes", "temp_folder", "mmap_mode", "prefer")


class _Jobs(int):
    """A ``Parallel`` object's ``n_jobs``, as shown to the user, with what lies behind it."""

    requested: int

    @classmethod
    def of(cls, requested: int) -> _Jobs:
        """The number to show, and to keep, for what was requested."""
        jobs = cls(-1 if requested == _NOT_GIVEN else requested)
        jobs.requested = requested
        return jobs


class _Batch:
    """Calls that joblib submitted together, answered through one callback."""

    def __init__(self, callback: Callable[[Any], None], size: int) -> None:
        self.callback = callback
        self.results: list[Any] = [None] * size
        self.missing = size

    def answer(self, position: int, result: Any) -> None:
        self.results[position] = result
        self.missing -= 1
        if not self.missing:
            self.callback(self)


class GatheringBackend(ParallelBackendBase):  # type: ignore[misc]
    """A joblib backend that gathers a whole search; a class derived from it says how it is answered."""

    supports_retrieve_callback = True
    supports_sharedmem = False
    uses_threads = False
    default_n_jobs = _NOT_GIVEN

    def __init__(self, nesting_level: int | None = None, **options: Any) -> None:
        super().__init__(nesting_level=nesting_level, **options)
        self.parallel: Any = None
        self._owned = False
        self._requested = _NOT_GIVEN
        self._calls: list[Call] = []
        self._addresses: list[tuple[_Batch, int]] = []
        self._kind: Kind | None = None
        self._rows: RowNumbers | None = None
        self._options: dict[str, Any] = {}

    # What joblib asks before and after a run.

    def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
        """Take a ``Parallel`` object: with a backend of its own, never with a shared one."""
        if not self._owned:
            own = type(self)(nesting_level=self.nesting_level)
            own._owned = True
            raise FallbackToBackend(own)
        self.parallel = parallel
        self._requested = getattr(n_jobs, "requested", n_jobs)
        self._check_requested()
        parallel.n_jobs = _Jobs.of(self._requested)
        self._options = {name: options[name] for name in _PASSED_ON if name in options}
        return self.effective_n_jobs(parallel.n_jobs)

    def _check_requested(self) -> None:
        if self._requested != _NOT_GIVEN:
            resolve_jobs(self._requested)

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Workers for an ``n_jobs``.

        Estimators that ask what None means here get 1, as without tenfold. A ``Parallel`` object of ours
        always gets 2 or more, since joblib leaves its backend out of a run with one job.
        """
        if isinstance(n_jobs, _Jobs):
            return max(self._workers_of(n_jobs.requested), 2)
        return 1 if n_jobs is None else self._workers_of(n_jobs)

    def _workers_of(self, requested: int) -> int:
        nested = bool(self.nesting_level)
        if requested == _NOT_GIVEN:
            return allowed_threads(nested)
        return resolve_jobs(requested)

    def start_call(self) -> None:
        """Have joblib dispatch everything before it asks for the first result."""
        self.parallel.pre_dispatch = "all"
        # As many calls as there are workers would be made before the first of them is seen.
        self.parallel._cached_effective_n_jobs = 1
        self._forget_calls()

    def stop_call(self) -> None:
        """Forget what was gathered."""
        self._forget_calls()

    def terminate(self) -> None:
        """Forget all: the ``Parallel`` object is done with."""
        self._forget_calls()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Nothing to stop here: runners end what they started before an error leaves them."""
        self._forget_calls()

    def _forget_calls(self) -> None:
        self._calls, self._addresses, self._kind, self._rows = [], [], None, None

    def compute_batch_size(self) -> int:
        """As few batches as can be; one call a batch where joblib reports on them.

        One, too, where calls are made while a splitter is still at work: each is looked at before the
        splitter goes on.
        """
        one_by_one = self.parallel.verbose or self._rows is not None
        if self._kind is None or not is_search(self._kind) or one_by_one:
            return 1
        return _WHOLE_SEARCH

    # The run itself.

    def submit(self, func: Any, callback: Callable[[Any], None]) -> Any:
        """Keep the calls of a batch; calls that are no search and not parallel run at once."""
        calls = [Call(*item) for item in func.items]
        if self._kind is None:
            self._kind = kind_of(calls[0].function)
            if self._kind in _OVER_SPLITS and not splits_are_listed(calls[0]):
                self._rows = RowNumbers()
        if self._rows is not None:
            calls = list(map(self._rows.settled, calls))
        batch = _Batch(callback, len(calls))
        if self._kind is Kind.OTHER and not self._is_parallel():
            for position, call in enumerate(calls):
                batch.answer(position, call())
        else:
            self._calls.extend(calls)
            self._addresses.extend((batch, position) for position in range(len(calls)))
        return batch

    def _is_parallel(self) -> bool:
        """Whether calls that are no search are to be answered together."""
        if self._requested == _NOT_GIVEN:
            return self.takes_any_calls(self._options)
        return self._requested != 1

    def takes_any_calls(self, options: dict[str, Any]) -> bool:
        """Whether calls of a plain ``Parallel`` that names no ``n_jobs`` are parallel all the same."""
        return False

    # joblib 1.4 knows submit by this name.
    apply_async = submit

    def answer_all(self, request: Request, answer: Answer) -> None:
        """Answer every call of a request."""
        raise NotImplementedError

    def retrieve_result_callback(self, out: _Batch) -> list[Any]:
        """The results of a batch, when its callback asks for them."""
        return out.results

    @contextmanager
    def retrieval_context(self) -> Iterator[None]:
        """Answer every gathered call, then let joblib collect the answers."""
        if self.parallel._aborting:
            # The user's iterable raised. With everything dispatched joblib would wait for no result, and so
            # never raise it.
            self.parallel._raise_error_fast()
        if self._calls:
            calls, addresses = self._calls, self._addresses
            self._forget_calls()
            request = Request(
                calls=calls,
                workers=self._workers_of(self._requested),
                explicit=self._requested != _NOT_GIVEN,
                nested=bool(self.nesting_level),
                requested=None if self._requested == _NOT_GIVEN else self._requested,
                joblib_options=self._options,
            )

            def answer(index: int, result: Any) -> None:
                batch, position = addresses[index]
                batch.answer(position, result)

            self.answer_all(request, answer)
        yield
