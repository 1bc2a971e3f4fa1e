"""Docstrings that are scikit-learn's say what holds here."""

import pytest

import tenfold

from .public_names import FUNCTIONS, SEARCHES


@pytest.mark.parametrize("name", SEARCHES + FUNCTIONS)
def test_all_cores_are_the_default(name):
    doc = getattr(tenfold, name).__doc__
    assert "``None`` means all cores here" in doc
    assert "``None`` means 1" not in doc


@pytest.mark.parametrize("name", SEARCHES + FUNCTIONS)
def test_examples_import_from_tenfold(name):
    doc = getattr(tenfold, name).__doc__
    assert f">>> from tenfold import {name}\n" in doc
    assert f"from sklearn.model_selection import {name}\n" not in doc


@pytest.mark.parametrize("name", SEARCHES)
def test_nothing_is_said_that_holds_for_scikit_learn_alone(name):
    doc = getattr(tenfold, name).__doc__
    assert "the data is copied" not in doc
    assert "enable_halving_search_cv" not in doc
    assert "Parameters\n" in doc
    assert "Attributes\n" in doc
    assert "Examples\n" in doc
