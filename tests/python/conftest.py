"""What all Python tests share."""

from collections.abc import Iterator

import pytest

import tenfold


def pytest_configure(config: pytest.Config) -> None:
    """Know the marks that scikit-learn's own tests carry."""
    config.addinivalue_line("markers", "thread_unsafe: scikit-learn's mark, without effect here")


@pytest.fixture(autouse=True)
def _every_warning() -> Iterator[None]:
    """Warnings as they come, which tests compare with scikit-learn's; folding has tests of its own."""
    with tenfold.config_context(fold_warnings=False):
        yield
