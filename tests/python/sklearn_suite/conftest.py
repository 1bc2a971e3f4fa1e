"""What scikit-learn's own conftest gives its tests beyond fixtures that can be imported."""

import pytest


@pytest.fixture
def global_random_seed() -> int:
    """The seed that scikit-learn's suite uses unless told otherwise."""
    return 42


@pytest.fixture(autouse=True)
def _every_warning() -> None:
    """scikit-learn's own tests see tenfold as its users do, with warnings folded."""
