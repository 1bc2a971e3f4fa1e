"""The engine's learner of baselines."""

from collections.abc import Sequence

from tenfold._engine import Learner

class DummySpec:
    """One baseline."""

    def __init__(self, *, strategy: str) -> None: ...  # "prior" or "most_frequent"

def dummy_learner(specs: Sequence[DummySpec]) -> Learner:
    """The learner of baselines."""
