"""Vectorisers of text: the documents are analysed once, whatever is counted of them.

scikit-learn's own code validates the parameters and weighs the terms. Three of its methods are answered from
an analysis that candidates share: counting, leaving out rare and frequent features, and sorting them.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from tenfold import _versions
from tenfold._sharing.paths.corpus import Corpus, Features, Numbers
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import SKLEARN

_ANALYZERS = ("word", "char", "char_wb")
_ANSWERED = ("_count_vocab", "_limit_features", "_sort_features")


class Analysis(Path):
    """``CountVectorizer`` and ``TfidfVectorizer``."""

    name = "analysis of the corpus"
    why = (
        "which tokens a document has does not depend on what is counted, kept or weighted of them, so the "
        "documents are analysed once"
    )
    estimators = (
        "sklearn.feature_extraction.text.CountVectorizer",
        "sklearn.feature_extraction.text.TfidfVectorizer",
    )
    parameters = (
        "ngram_range",
        "stop_words",
        "max_df",
        "min_df",
        "max_features",
        "binary",
        "norm",
        "use_idf",
        "smooth_idf",
        "sublinear_tf",
    )
    transforms = True
    reads = "shared"
    warns = "each"
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        if estimator.vocabulary is not None:
            raise Refusal("a vocabulary that is given leaves nothing to learn")
        if estimator.input != "content":
            raise Refusal("documents are read from files, which may change")
        if estimator.analyzer not in _ANALYZERS:
            raise Refusal("an analyzer of the user's may give something else at its next call")
        for name in ("preprocessor", "tokenizer"):
            if getattr(estimator, name) is not None:
                raise Refusal(f"a {name} of the user's may give something else at its next call")
        if callable(estimator.strip_accents):
            raise Refusal("a function that strips accents may give something else at its next call")
        _versions.refuse_invalid(estimator, values)
        shortest_and_longest = estimator.ngram_range
        if len(shortest_and_longest) != 2 or not all(
            isinstance(n, int) and n >= 1 for n in shortest_and_longest
        ):
            raise Refusal("ngram_range is not two positive numbers")
        if shortest_and_longest[0] > shortest_and_longest[1]:
            raise Refusal("scikit-learn refuses this ngram_range")

    def fit_transform(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any, Any]]:
        corpus, others = Corpus(_documents(X)), _Others()
        for index in sorted(range(len(values)), key=lambda i: _manner(values[i])):
            fitted = clone(estimator).set_params(**values[index])
            features = corpus.features(fitted)
            learning = _Learning(fitted, features)
            try:
                with learning:
                    transformed = fitted.fit_transform(X)
            except Exception:  # no feature is left, say: that candidate's own error
                continue
            _analyzed[fitted] = _Analyzed(features, learning.columns, others)
            yield index, fitted, transformed

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        analyzed = _analyzed.get(fitted)
        if method != "transform" or analyzed is None:
            return getattr(fitted, method)(X)
        try:
            corpus = analyzed.others.corpus_of(X)
            counts = analyzed.features.seen_in(corpus, fitted, analyzed.columns, fitted.dtype)
        except (Refusal, TypeError, UnicodeError):
            return fitted.transform(X)
        fitted._count_vocab = lambda documents, fixed_vocab: (fitted.vocabulary_, counts)
        try:
            return fitted.transform(X)
        finally:
            del fitted._count_vocab


def _manner(values: Values) -> str:
    """Candidates that count alike follow each other: counts are kept until others are asked for."""
    return repr([values.get(name) for name in ("ngram_range", "stop_words")])


def _documents(X: Any) -> list[Any]:
    if isinstance(X, str) or not hasattr(X, "__len__") or np.ndim(X) > 1:
        raise Refusal("X is no collection of documents")
    return list(X)


class _Learning:
    """While in force, a vectoriser's features are numbered, limited and sorted by what is shared.

    ``columns`` has the number of the feature in each column.
    """

    def __init__(self, vectorizer: Any, features: Features) -> None:
        self._vectorizer = vectorizer
        self._features = features
        self._n_passed = 0
        self.columns: Numbers = np.arange(len(features))

    def __enter__(self) -> None:
        for name in _ANSWERED:
            setattr(self._vectorizer, name, getattr(self, name))

    def __exit__(self, *error: Any) -> None:
        for name in _ANSWERED:
            delattr(self._vectorizer, name)

    def _count_vocab(self, documents: Any, fixed_vocab: bool) -> tuple[dict[str, Any], Any]:
        # Building it warns of stop words that are no tokens.
        self._vectorizer.build_analyzer()
        if not len(self._features):
            raise ValueError("empty vocabulary; perhaps the documents only contain stop words")
        return {}, self._features.learned(self._vectorizer.dtype)

    def _limit_features(
        self, X: Any, vocabulary: dict[str, Any], high: Any, low: Any, limit: Any
    ) -> Any:
        """As ``CountVectorizer._limit_features``, over numbers in place of text."""
        frequencies = np.bincount(X.indices, minlength=X.shape[1])
        mask = (frequencies <= high) & (frequencies >= low)
        if limit is not None and mask.sum() > limit:
            totals = np.asarray(X.sum(axis=0)).ravel()
            most = (-totals[mask]).argsort()[:limit]
            chosen = np.zeros(len(mask), dtype=bool)
            chosen[np.where(mask)[0][most]] = True
            mask = chosen
        kept = np.where(mask)[0]
        if not len(kept):
            raise ValueError("no feature is left")
        self.columns = self.columns[kept]
        self._write(vocabulary, as_numpy=True)
        return X[:, kept]

    def _sort_features(self, X: Any, vocabulary: dict[str, Any]) -> Any:
        order = self._features.sorted_by_text(self.columns)
        new = np.empty(len(order), dtype=X.indices.dtype)
        new[order] = np.arange(len(order))
        self.columns = self.columns[order]
        X.indices = new.take(X.indices, mode="clip")
        self._write(vocabulary, as_numpy=False)
        return X

    def _write(self, vocabulary: dict[str, Any], as_numpy: bool) -> None:
        """Fill the vocabulary, once both have passed: in the order of numbers, whatever the columns."""
        self._n_passed += 1
        if self._n_passed < 2:
            return
        order = np.argsort(self.columns)
        text = self._features.text(self.columns[order])
        # Limiting leaves NumPy's numbers, sorting Python's.
        vocabulary.update(zip(text, order if as_numpy else order.tolist(), strict=True))


class _Others:
    """Rows beside those that are learned from, analysed once for all candidates of a family."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Corpus]] = {}

    def corpus_of(self, X: Any) -> Corpus:
        """The analysis of these rows."""
        found = self._known.get(id(X))
        if found is None or found[0] is not X:
            found = self._known[id(X)] = X, Corpus(_documents(X))
        return found[1]


class _Analyzed:
    """What is known of a vectoriser beside what it says."""

    def __init__(self, features: Features, columns: Numbers, others: _Others) -> None:
        self.features = features
        self.columns = columns
        self.others = others


_analyzed: weakref.WeakKeyDictionary[Any, _Analyzed] = weakref.WeakKeyDictionary()

PATHS = [Analysis]
