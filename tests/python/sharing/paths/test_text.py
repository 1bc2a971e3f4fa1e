"""Vectorisers of text: one analysis of the corpus, every count, order and weight scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from tenfold._refusal import Refusal
from tenfold._sharing.paths import corpus as corpora
from tenfold._sharing.paths.path import Shape
from tenfold._sharing.paths.text import Analysis
from tenfold.testing import check_path

PATH = Analysis()
WORDS = ["the", "cat", "Sat", "on", "a", "mat", "café", "été", "naïve", "x1", "foo_bar", "be", "or"]


def documents(seed: int, n: int) -> list[str]:
    """Short ones, of few words: features that are tied, documents that are empty or the same."""
    generator = np.random.RandomState(seed)
    drawn = [" ".join(generator.choice(WORDS, generator.randint(0, 9))) for _ in range(n)]
    return [*drawn, drawn[0], "", "words  that\tnobody else has"]


VALUES = st.fixed_dictionaries(
    {
        "ngram_range": st.sampled_from([(1, 1), (1, 2), (2, 3), (1, 4)]),
        "min_df": st.sampled_from([1, 2, 0.1]),
        "max_df": st.sampled_from([1.0, 0.4, 9]),
        "max_features": st.sampled_from([None, 1, 5, 1000]),
        "stop_words": st.sampled_from([None, "english", ["cat", "the"]]),
        "binary": st.booleans(),
    }
)
WEIGHTS = st.fixed_dictionaries(
    {
        "norm": st.sampled_from(["l1", "l2", None]),
        "use_idf": st.booleans(),
        "smooth_idf": st.booleans(),
        "sublinear_tf": st.booleans(),
    }
)


@pytest.mark.smoke
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    values=st.lists(st.tuples(VALUES, WEIGHTS), min_size=1, max_size=5),
    weighted=st.booleans(),
    common=st.fixed_dictionaries(
        {
            "analyzer": st.sampled_from(["word", "word", "char", "char_wb"]),
            "lowercase": st.booleans(),
            "strip_accents": st.sampled_from([None, "ascii", "unicode"]),
            "dtype": st.sampled_from([np.float64, np.float32]),
        }
    ),
    container=st.sampled_from(["list", "array", "series", "bytes"]),
)
def test_read_off_equals_fitted_alone(
    seed: int, values: Any, weighted: bool, common: dict[str, Any], container: str
) -> None:
    X: Any = documents(seed, 20)
    if container == "array":
        X = np.array(X)
    if container == "series":
        X = pd.Series(X)
    if container == "bytes":
        X = [document.encode() for document in X]
    estimator = (TfidfVectorizer if weighted else CountVectorizer)(**common)
    drawn = [{**counting, **(weighing if weighted else {})} for counting, weighing in values]
    done = check_path(PATH, estimator, drawn, X, None, X_test=documents(seed + 1, 9))
    assert done.n_refused == 0
    fails = sum(not _fits(clone(estimator).set_params(**own), X) for own in drawn)
    assert done.n_alone == fails


def _fits(estimator: Any, X: Any) -> bool:
    try:
        estimator.fit(X)
    except ValueError:
        return False
    return True


def test_integer_counts_keep_their_type() -> None:
    """Made floats on the way, rows would be put in order, and what is added up later with them."""
    values: list[Any] = [{"max_df": m} for m in (0.5, 1.0)]
    for _, fitted, counts in PATH.fit_transform(CountVectorizer(), values, documents(0, 30), None):
        alone = clone(fitted).fit_transform(documents(0, 30))
        assert counts.dtype == alone.dtype == np.int64
        np.testing.assert_array_equal(counts.indices, alone.indices)
        np.testing.assert_array_equal(counts.data, alone.data)


def test_documents_are_analyzed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    corpora.forget()
    seen: list[Any] = []
    original = corpora._tokenizing

    def noting(vectorizer: Any) -> Any:
        tokens_of = original(vectorizer)

        def note(document: Any) -> Any:
            seen.append(document)
            return tokens_of(document)

        return note

    monkeypatch.setattr(corpora, "_tokenizing", noting)
    X = [f"document number {number}" for number in range(40)]
    values: list[Any] = [{"ngram_range": n, "binary": b} for n in ((1, 1), (1, 3)) for b in (0, 1)]
    values = [{**own, "binary": bool(own["binary"])} for own in values]
    for split in (X[:30], X[10:]):
        for _, fitted, _ in PATH.fit_transform(CountVectorizer(), values, split, None):
            PATH.response(fitted, "transform", X)
    assert sorted(seen) == sorted(X)


def test_analyses_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    corpora.forget()
    monkeypatch.setattr(corpora, "memory_budget", lambda: 1)
    list(PATH.fit_transform(CountVectorizer(), [{}, {"binary": True}], documents(0, 9), None))
    corpora.analyses_for(CountVectorizer(lowercase=False))
    assert len(corpora._recent) == 1
    corpora.forget()
    assert not corpora._recent


def test_a_token_with_a_space_is_refused() -> None:
    """The token "a b" and the pair of "a" and "b" would be one feature of scikit-learn's."""
    X = ["a b,a b", "a,b", "b,a,b"]
    estimator = CountVectorizer(token_pattern=r"[^,]+")
    values: list[Any] = [{"ngram_range": (1, 2)}, {"ngram_range": (1, 2), "binary": True}]
    assert check_path(PATH, estimator, values, X, None).n_read == 0
    values = [{"ngram_range": (1, 1)}, {"ngram_range": (1, 1), "binary": True}]
    assert check_path(PATH, estimator, values, X, None).n_read == 2


def test_documents_that_are_no_text_are_left() -> None:
    values: list[Any] = [{"binary": True}, {"binary": False}]
    with pytest.raises(Refusal, match="float"):
        list(PATH.fit_transform(CountVectorizer(), values, ["a cat", np.nan], None))


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"vocabulary": ["cat", "mat"]}, "vocabulary"),
        ({"analyzer": str.split}, "analyzer of the user's"),
        ({"tokenizer": str.split}, "tokenizer of the user's"),
        ({"preprocessor": str.lower}, "preprocessor of the user's"),
        ({"strip_accents": str.lower}, "strips accents"),
        ({"input": "filename"}, "files"),
        ({"max_df": -1}, "scikit-learn refuses"),
        ({"ngram_range": (2, 1)}, "scikit-learn refuses"),
        ({"ngram_range": (0, 1)}, "two positive numbers"),
    ],
)
def test_refusals(parameters: dict[str, Any], why: str) -> None:
    estimator = CountVectorizer(**parameters)
    values = {
        name: getattr(estimator, name) for name in PATH.parameters if hasattr(estimator, name)
    }
    with pytest.raises(Refusal, match=why):
        PATH.refuse(estimator, values, Shape(9, -1), {})
