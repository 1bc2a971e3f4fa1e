"""The nightly sweep of random searches (``make sweep``): a few of them, and what it would notice."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn import model_selection


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    return importlib.import_module("tests.sweep.__main__")


def test_a_few_are_equal(sweep: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sweep", "--count", "6", "--seed", "99"])
    assert sweep.main() == 0


def test_cases_are_told_by_seed_and_number(sweep: Any) -> None:
    said = [sweep.draw(seed, number).said for seed in (0, 1) for number in range(5)]
    assert said == [sweep.draw(seed, number).said for seed in (0, 1) for number in range(5)]
    assert len(set(said)) == 10


def test_a_difference_in_the_last_bit_is_noticed(sweep: Any) -> None:
    case = next(
        case
        for case in (sweep.draw(0, number) for number in range(50))
        if case.function == "GridSearchCV" and "mean_test_score" in _outcome(sweep, case)
    )
    theirs, ours = _outcome(sweep, case), _outcome(sweep, case)
    assert not sweep.differences(ours, theirs)
    ours["mean_test_score"] = ours["mean_test_score"] * (1 + 2**-52)
    assert len(sweep.differences(ours, theirs)) == 1
    assert sweep.differences({"error": ("ValueError", "", "")}, theirs)


def _outcome(sweep: Any, case: Any) -> Any:
    return sweep.outcome_of(model_selection, case)
