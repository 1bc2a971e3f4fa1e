"""joblib's worker processes, shared by all searches of this process and ended only when none uses them.

joblib keeps one pool of workers a process. Whoever leaves a run early, by an error or because the rest was
quicker done here, ends the pool's processes with whatever they do: right for a search that has them to
itself, ruin for one in another thread.
"""

from __future__ import annotations

import threading
from typing import Any

from joblib.parallel import LokyBackend

# Taken while a run gets hold of the pool or ends it, so that none gets a pool that is about to end.
_changing = threading.RLock()
_users: set[int] = set()


class SharedWorkers(LokyBackend):  # type: ignore[misc]
    """The workers of one run; other runs may have the same ones."""

    def configure(self, *args: Any, **options: Any) -> int:
        """Get hold of the pool, started where there is none."""
        with _changing:
            n_jobs: int = super().configure(*args, **options)
            _users.add(id(self))
        return n_jobs

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """End the workers where nobody else uses them; otherwise they only end what they were given."""
        with _changing:
            _users.discard(id(self))
            if not _users and not self._others_wait():
                super().abort_everything(ensure_ready=ensure_ready)

    def terminate(self) -> None:
        """Let go of the pool, which stays for whoever comes next."""
        with _changing:
            _users.discard(id(self))
            super().terminate()

    def _others_wait(self) -> bool:
        """Whether the pool has work of a run that is none of ours (scikit-learn's own, in another thread)."""
        waiting = len(getattr(self._workers, "_pending_work_items", ()))
        return waiting > len(self.parallel._jobs) + len(getattr(self.parallel, "_jobs_set", ()))
