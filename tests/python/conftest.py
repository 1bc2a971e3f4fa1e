"""What all Python tests share."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Know the marks that scikit-learn's own tests carry."""
    config.addinivalue_line("markers", "thread_unsafe: scikit-learn's mark, without effect here")
