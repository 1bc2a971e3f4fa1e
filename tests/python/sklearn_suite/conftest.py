"""What scikit-learn's own conftest gives its tests beyond fixtures that can be imported."""

import pytest


@pytest.fixture
def global_random_seed() -> int:
    """The seed that scikit-learn's suite uses unless told otherwise."""
    return 42
