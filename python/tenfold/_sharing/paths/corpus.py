"""A corpus, analysed once: every document as numbers of its tokens, and what can be counted of it.

Words of this file:
    token     what the tokenizer makes of a document, before stop words and n-grams; a character where
              characters are counted
    feature   an n-gram of tokens
    number    of a feature: the order in which features first appear in the corpus that is learned from, as
              ``CountVectorizer._count_vocab`` gives them out (scikit-learn 1.5 to 1.9)

Distinct sequences of tokens are distinct features as long as no token has a space in it, which is what joins
them. So n-grams are counted as sequences of numbers, and only those that are kept become text.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from tenfold import _versions
from tenfold._config import memory_budget
from tenfold._refusal import Refusal

Numbers = NDArray[np.int64]

_TEXT = (str, bytes, np.str_)
# Two numbers in one: token numbers stay below this.
_RADIX = 1 << 31
# Analyses outlive a split, since the next one has most of the documents again, but not for long.
_SECONDS_KEPT = 5.0
_SHARE_OF_BUDGET = 8
_BYTES_A_TOKEN = 4
_BYTES_A_DOCUMENT = 250


class Analyses:
    """Documents of one way to analyse them, as numbers of their tokens."""

    def __init__(self, tokens_of: Callable[[Any], Sequence[str]]) -> None:
        self._tokens_of = tokens_of
        self._documents: dict[Any, NDArray[np.int32]] = {}
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()
        self.tokens: list[str] = []
        self.nbytes = 0

    def of(self, documents: Sequence[Any]) -> list[NDArray[np.int32]]:
        """The tokens' numbers of each document."""
        with self._lock:
            return [self._of(document) for document in documents]

    def _of(self, document: Any) -> NDArray[np.int32]:
        if type(document) not in _TEXT:
            raise Refusal(f"a document is a {type(document).__name__}")
        known = self._documents.get(document)
        if known is None:
            numbers, tokens = self._numbers, self.tokens
            found = []
            for token in self._tokens_of(document):
                number = numbers.get(token)
                if number is None:
                    number = numbers[token] = len(tokens)
                    tokens.append(token)
                found.append(number)
            known = self._documents[document] = np.array(found, dtype=np.int32)
            self.nbytes += _BYTES_A_TOKEN * len(found) + _BYTES_A_DOCUMENT
        return known


class Manner(NamedTuple):
    """What of a vectoriser's parameters decides which features its documents have."""

    key: Hashable
    joint: str
    shortest: int
    longest: int
    stop_words: frozenset[str] | None


_FRONT = ("encoding", "decode_error", "strip_accents", "lowercase", "token_pattern", "analyzer")


def manner_of(vectorizer: Any) -> Manner:
    """How a vectoriser counts."""
    key: tuple[Any, ...] = tuple(repr(getattr(vectorizer, name)) for name in _FRONT)
    shortest, longest = vectorizer.ngram_range
    if vectorizer.analyzer == "word":
        stop_words = vectorizer.get_stop_words()
        return Manner(key, " ", shortest, longest, stop_words)
    if vectorizer.analyzer == "char":
        return Manner(key, "", shortest, longest, None)
    # Within words: n-grams have an order of their own, so they are the tokens.
    return Manner((*key, shortest, longest), "", 1, 1, None)


_recent: OrderedDict[Hashable, Analyses] = OrderedDict()
_recent_lock = threading.Lock()
_forgetting: threading.Timer | None = None


def analyses_for(vectorizer: Any) -> Analyses:
    """The analyses that vectorisers of this manner share, those of the last seconds included."""
    key = manner_of(vectorizer).key
    with _recent_lock:
        found = _recent.pop(key, None) or Analyses(_tokenizing(vectorizer))
        _recent[key] = found
        limit = memory_budget() // _SHARE_OF_BUDGET
        while len(_recent) > 1 and sum(each.nbytes for each in _recent.values()) > limit:
            _recent.popitem(last=False)
        if found.nbytes > limit:
            del _recent[key]
        _forget_later()
    return found


def _tokenizing(vectorizer: Any) -> Callable[[Any], Sequence[str]]:
    alone = CountVectorizer(**{name: getattr(vectorizer, name) for name in _FRONT})
    if vectorizer.analyzer == "char_wb":
        alone.ngram_range = vectorizer.ngram_range
    analyzer: Callable[[Any], Sequence[str]] = alone.build_analyzer()
    return analyzer


def _forget_later() -> None:
    global _forgetting
    if _forgetting is not None:
        _forgetting.cancel()
    _forgetting = threading.Timer(_SECONDS_KEPT, forget)
    _forgetting.daemon = True
    _forgetting.start()


def forget() -> None:
    """Let go of all analyses that nobody is using."""
    with _recent_lock:
        _recent.clear()


class Corpus:
    """Documents of one set of rows."""

    def __init__(self, documents: Sequence[Any]) -> None:
        self._documents = documents
        self._last: tuple[Hashable, Features] | None = None
        self._streams: dict[Hashable, tuple[Any, Any, Any]] = {}

    def tokens(self, vectorizer: Any) -> tuple[Analyses, Numbers, Numbers]:
        """The analyses, all documents' token numbers one after the other, and where each begins."""
        key = manner_of(vectorizer).key
        if key not in self._streams:
            analyses = analyses_for(vectorizer)
            parts = analyses.of(self._documents)
            begins = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
            flat = np.concatenate([*parts, np.empty(0, np.int32)]).astype(np.int64)
            self._streams = {key: (analyses, flat, begins.astype(np.int64))}
        return self._streams[key]

    def features(self, vectorizer: Any) -> Features:
        """What these documents teach a vectoriser, candidates that count alike sharing it."""
        manner = manner_of(vectorizer)
        if self._last is None or self._last[0] != manner:
            self._last = manner, Features(self, vectorizer)
        return self._last[1]

    def grams(self, vectorizer: Any) -> tuple[Analyses, _Grams]:
        """The documents' n-grams, stop words left out."""
        manner = manner_of(vectorizer)
        analyses, flat, begins = self.tokens(vectorizer)
        if manner.longest > 1 and manner.joint and any(" " in token for token in analyses.tokens):
            raise Refusal("a token has a space in it, as n-grams of other tokens do")
        if manner.stop_words is not None:
            stops = np.array([token in manner.stop_words for token in analyses.tokens], dtype=bool)
            kept = ~stops[flat] if len(flat) else np.empty(0, bool)
            begins = np.concatenate([[0], np.cumsum(kept)])[begins]
            flat = flat[kept]
        return analyses, _Grams(flat, begins, manner.longest)


class _Grams:
    """Sequences of tokens that stay within their document."""

    def __init__(self, flat: Numbers, begins: Numbers, longest: int) -> None:
        self.flat = flat
        self.n_documents = len(begins) - 1
        lengths = np.diff(begins)
        self.document = np.repeat(np.arange(self.n_documents), lengths)
        self.room = np.repeat(begins[1:], lengths) - np.arange(len(flat))
        self.longest = longest

    def starts(self, n: int) -> Numbers:
        """Where an n-gram begins."""
        return np.flatnonzero(self.room >= n)


class Features:
    """The features that a corpus has, numbered in the order in which they first appear."""

    def __init__(self, corpus: Corpus, vectorizer: Any) -> None:
        manner = manner_of(vectorizer)
        self._manner = manner
        self._analyses, grams = corpus.grams(vectorizer)
        # Per length: codes of distinct n-grams in order, and the feature number of each (none if too short).
        self._codes: list[Numbers] = []
        self._number_of: list[Numbers | None] = []
        firsts, documents, lengths, counted = [], [], [], []
        dense = np.empty(0, np.int64)
        for n in range(1, manner.longest + 1):
            starts = grams.starts(n)
            codes = _codes(grams.flat, starts, dense, n)
            distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
            self._codes.append(distinct)
            self._number_of.append(None)
            dense = np.full(len(grams.flat), -1, np.int64)
            dense[starts] = inverse
            if n >= manner.shortest:
                firsts.append(starts[first])
                lengths.append(np.full(len(distinct), n))
                documents.append(grams.document[starts[first]])
                counted.append((n, grams.document[starts], inverse))
        first, length = _joined(firsts), _joined(lengths)
        order = np.lexsort((first, length, _joined(documents)))
        number = np.empty(len(order), np.int64)
        number[order] = np.arange(len(order))
        self._first_tokens = grams.flat
        self._first, self._length = first[order], length[order]
        rows, columns, offset = [], [], 0
        for n, document, inverse in counted:
            n_distinct = len(self._codes[n - 1])
            own = number[offset : offset + n_distinct]
            self._number_of[n - 1] = own
            rows.append(document)
            columns.append(own[inverse])
            offset += n_distinct
        self._counts = _counted(_joined(rows), _joined(columns), grams.n_documents, len(order))
        self._rank: Numbers | None = None
        self._seen: tuple[Corpus, Any] | None = None

    def __len__(self) -> int:
        return len(self._first)

    def learned(self, dtype: Any) -> Any:
        """Counts of the documents that were learned from."""
        data, indices, begins = self._counts
        shape = len(begins) - 1, len(self)
        return _versions.csr_of(data.astype(dtype), indices.copy(), begins.copy(), shape)

    def text(self, numbers: Numbers) -> list[str]:
        """The features with these numbers, as text."""
        tokens, joint, flat = self._analyses.tokens, self._manner.joint, self._first_tokens
        result: list[str] = [""] * len(numbers)
        lengths = self._length[numbers]
        for n in np.unique(lengths):
            chosen = np.flatnonzero(lengths == n)
            grams = flat[self._first[numbers[chosen]][:, np.newaxis] + np.arange(n)].tolist()
            for position, gram in zip(chosen.tolist(), grams, strict=True):
                result[position] = joint.join([tokens[token] for token in gram])
        return result

    def sorted_by_text(self, numbers: Numbers) -> Numbers:
        """Positions in ``numbers``, in the order of what they are as text."""
        if self._rank is None and 4 * len(numbers) < len(self):
            text = self.text(numbers)
            return np.array(sorted(range(len(text)), key=text.__getitem__), dtype=np.int64)
        if self._rank is None:
            text = self.text(np.arange(len(self)))
            order = sorted(range(len(text)), key=text.__getitem__)
            self._rank = np.empty(len(self), np.int64)
            self._rank[order] = np.arange(len(self))
        return np.argsort(self._rank[numbers])

    def seen_in(self, corpus: Corpus, vectorizer: Any, columns: Numbers, dtype: Any) -> Any:
        """Counts in other documents of the features with these numbers, one a column."""
        if self._seen is None or self._seen[0] is not corpus:
            self._seen = corpus, self._count_in(corpus, vectorizer)
        data, indices, begins = self._seen[1]
        column_of = np.full(len(self) + 1, -1, np.int64)
        column_of[columns] = np.arange(len(columns))
        new = column_of[indices]
        kept = new >= 0
        begins = np.concatenate([[0], np.cumsum(kept)])[begins].astype(np.int32)
        shape = len(begins) - 1, len(columns)
        X = _versions.csr_of(data[kept].astype(dtype), new[kept].astype(np.int32), begins, shape)
        X.sort_indices()
        return X

    def _count_in(self, corpus: Corpus, vectorizer: Any) -> Any:
        _, grams = corpus.grams(vectorizer)
        rows, columns = [], []
        dense = np.empty(0, np.int64)
        for n, (distinct, number) in enumerate(
            zip(self._codes, self._number_of, strict=True), start=1
        ):
            starts = grams.starts(n)
            if n > 1:  # one whose beginning is unknown is unknown
                starts = starts[dense[starts] >= 0]
            codes = _codes(grams.flat, starts, dense, n)
            place = np.searchsorted(distinct, codes)
            known = place < len(distinct)
            known[known] = distinct[place[known]] == codes[known]
            starts, place = starts[known], place[known]
            dense = np.full(len(grams.flat), -1, np.int64)
            dense[starts] = place
            if number is not None:
                rows.append(grams.document[starts])
                columns.append(number[place])
        return _counted(_joined(rows), _joined(columns), grams.n_documents, len(self))


def _codes(flat: Numbers, starts: Numbers, shorter: Numbers, n: int) -> Numbers:
    """One number for each n-gram, made of the number of what it begins with and of its last token."""
    if n == 1:
        return flat[starts]
    return shorter[starts] * _RADIX + flat[starts + n - 1]


def _joined(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate([*parts, np.empty(0, np.int64)])


def _counted(
    rows: Numbers, columns: Numbers, n_rows: int, n_columns: int
) -> tuple[NDArray[np.intc], NDArray[np.int32], NDArray[np.int32]]:
    """How often each column occurs in each row: counts, columns in order, and where rows begin."""
    if n_rows * max(n_columns, 1) >= 1 << 62 or len(rows) > np.iinfo(np.int32).max:
        raise Refusal("a corpus with more features than 32 bits can number")
    distinct, counts = np.unique(rows * max(n_columns, 1) + columns, return_counts=True)
    where, indices = np.divmod(distinct, max(n_columns, 1))
    begins = np.searchsorted(where, np.arange(n_rows + 1))
    return counts.astype(np.intc), indices.astype(np.int32), begins.astype(np.int32)
