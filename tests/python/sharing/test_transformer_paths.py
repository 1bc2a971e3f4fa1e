"""Whole searches over Pipelines whose transformers are read off by paths, beside scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectFromModel, VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import tenfold

from .. import data_sets
from ..comparing import assert_same_search

_LOGISTIC = LogisticRegression(max_iter=30)
_ON_NUMBERS: dict[str, tuple[Any, Any]] = {
    "components": (
        [("scale", StandardScaler()), ("f", PCA()), ("last", _LOGISTIC)],
        {"f__n_components": [1, 2, 0.9], "last__C": [0.1, 1.0]},
    ),
    "columns of one model": (
        [("f", SelectFromModel(LogisticRegression(max_iter=30))), ("last", _LOGISTIC)],
        {"f__threshold": ["mean", "0.5*mean", "no threshold"], "last__C": [0.1, 1.0]},
    ),
    "variances": (
        [("f", VarianceThreshold()), ("last", _LOGISTIC)],
        {"f__threshold": [0.1, 0.5, 1e9]},
    ),
    "recursive elimination": (
        [("f", RFE(LogisticRegression(max_iter=30))), ("last", _LOGISTIC)],
        {"f__n_features_to_select": [1, 2, 9]},
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("switched_off", [False, True])
@pytest.mark.parametrize("rule", _ON_NUMBERS)
def test_numbers(rule: str, switched_off: bool) -> None:
    X, y = data_sets.iris()
    steps, grid = _ON_NUMBERS[rule]
    with tenfold.config_context(disabled_rules=(rule,) if switched_off else ()):
        ours, _ = assert_same_search(Pipeline(steps), grid, X, y, return_train_score=True, n_jobs=1)
    assert (rule in ours.plan_.rules) != switched_off


def test_text() -> None:
    generator = np.random.RandomState(0)
    words = np.array(
        ["a", "cat", "sat", "on", "the", "mat", "and", "the", "dog", "saw", "it", "so", "what"]
    )
    X = [" ".join(generator.choice(words, 12)) for _ in range(60)]
    y = np.array(["cat" in document for document in X])
    nested = Pipeline([("v", CountVectorizer()), ("t", TfidfTransformer()), ("c", MultinomialNB())])
    grid = {"v__ngram_range": [(1, 1), (1, 2)], "v__min_df": [1, 5], "t__use_idf": [True, False]}
    ours, _ = assert_same_search(nested, grid, X, y, n_jobs=1)
    assert "analysis of the corpus" in ours.plan_.rules
    at_once = Pipeline([("v", TfidfVectorizer()), ("c", MultinomialNB())])
    assert_same_search(at_once, {"v__norm": ["l1", "l2"], "v__max_features": [3, None]}, X, y)
