"""Trees in plain Python, sample by sample as scikit-learn 1.9 grows them, with switchable mistakes.

Slow, and only as much as tells whether the data sets of the tests see an order of samples that is not
scikit-learn's: one seed, all features, no limits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MISTAKES = ("a stable sort", "no rotation", "sums in row order", "forward sums only")

_NEAR = np.float32(1e-7)
_EPSILON = float(np.finfo(np.float64).eps)


class _Generator:
    def __init__(self, state: int) -> None:
        self.state = state

    def between(self, low: int, high: int) -> int:
        state = self.state or 1
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        self.state = state
        return low + (state & 0x7FFFFFFF) % (high - low)


class Tree:
    """Grows a regression tree; :attr:`nodes` has (feature, threshold, impurity, value) of each in order.

    What is added up of a sample are its *parts*; the last of them is its weight.
    """

    def __init__(self, X: Any, y: Any, seed: int, mistake: str | None = None) -> None:
        self.values = [[float(v) for v in column] for column in np.asarray(X, dtype=np.float32).T]
        self.X = np.asarray(X, dtype=np.float32)
        self.y = [float(value) for value in y]
        self.parts = [[value, 1.0] for value in self.y]
        self.mistake = mistake
        self.generator = _Generator(int(np.random.RandomState(seed).randint(0, 0x7FFFFFFF)))
        self.features = list(range(self.X.shape[1]))
        self.constants = [0] * self.X.shape[1]
        self.samples = list(range(len(y)))
        self.nodes: list[tuple[int, float, float, float]] = []
        self._grow(0, len(y), None, 0)

    def _grow(self, start: int, end: int, impurity: float | None, known: int) -> None:
        node = self.samples[start:end]
        if self.mistake == "sums in row order":
            node = sorted(node)
        total = self._added([0.0] * len(self.parts[0]), node)
        squares = self._squares(node)
        n = end - start
        if impurity is None:
            impurity = self._impurity(total, squares)
        value = total[0] / total[-1]
        place = len(self.nodes)
        self.nodes.append((-2, -2.0, impurity, value))
        if n < 2 or impurity <= _EPSILON:
            return
        best, known = self._search(start, end, known, total)
        if best is None:
            return
        _, feature, position, threshold = best
        self._partition(start, end, feature, threshold, position)
        left = self._jump(start, end, position, total)
        left_squares = self._squares(self.samples[start : start + position])
        left_impurity = self._impurity(left, left_squares)
        right_impurity = self._impurity(_difference(total, left), squares - left_squares)
        self.nodes[place] = (feature, threshold, impurity, value)
        self._grow(start, start + position, left_impurity, known)
        self._grow(start + position, end, right_impurity, known)

    def _squares(self, order: list[int]) -> float:
        squares = 0.0
        for sample in order:
            squares += self.y[sample] * self.y[sample]
        return squares

    def _impurity(self, sums: list[float], squares: float) -> float:
        total, n = sums
        return squares / n - (total / n) * (total / n)

    def _proxy(self, left: list[float], right: list[float]) -> float:
        return left[0] * left[0] / left[1] + right[0] * right[0] / right[1]

    def _added(self, sums: list[float], order: Any, sign: float = 1.0) -> list[float]:
        for sample in order:
            sums = [s + sign * part for s, part in zip(sums, self.parts[sample], strict=True)]
        return sums

    def _search(self, start: int, end: int, known: int, total: list[float]) -> tuple[Any, int]:
        list_ = self.features
        undrawn, found, drawn, n_total = len(list_), 0, 0, known
        best: Any = None
        while undrawn > n_total:
            at = self.generator.between(drawn, undrawn - found)
            if at < known:
                list_[drawn], list_[at] = list_[at], list_[drawn]
                drawn += 1
                continue
            at += found
            feature = list_[at]
            values = self.values[feature]
            self._sort(start, end, feature)
            first, last = (values[self.samples[p]] for p in (start, end - 1))
            if np.float32(last) <= np.float32(first) + _NEAR:
                list_[at], list_[n_total] = list_[n_total], list_[at]
                found += 1
                n_total += 1
                continue
            undrawn -= 1
            list_[undrawn], list_[at] = list_[at], list_[undrawn]
            best = self._scan(start, end, feature, total, best)
        list_[:known] = self.constants[:known]
        self.constants[known : known + found] = list_[known : known + found]
        return best, n_total

    def _scan(self, start: int, end: int, feature: int, total: list[float], best: Any) -> Any:
        n = end - start
        order = self.samples[start:end]
        values = [np.float32(self.values[feature][sample]) for sample in order]
        position, left = 0, [0.0] * len(total)
        new = 0
        while True:
            new += 1
            while new < n and values[new] <= values[new - 1] + _NEAR:
                new += 1
            if new == n:
                return best
            if new - position <= n - new or self.mistake == "forward sums only":
                left = self._added(left, order[position:new])
            else:
                left = self._added(total, reversed(order[new:]), -1.0)
            position = new
            proxy = self._proxy(left, _difference(total, left))
            if best is None or proxy > best[0]:
                threshold = float(values[new - 1]) / 2.0 + float(values[new]) / 2.0
                best = (proxy, feature, new, threshold)

    def _jump(self, start: int, end: int, position: int, total: list[float]) -> list[float]:
        order = self.samples[start:end]
        if position <= len(order) - position or self.mistake == "forward sums only":
            return self._added([0.0] * len(total), order[:position])
        return self._added(total, reversed(order[position:]), -1.0)

    def _partition(
        self, start: int, end: int, feature: int, threshold: float, position: int
    ) -> None:
        values, samples = self.values[feature], self.samples
        in_order = all(values[s] <= threshold for s in samples[start : start + position])
        if self.mistake == "no rotation" and in_order:
            return
        p, e = start, end
        while p < e:
            if values[samples[p]] <= threshold:
                p += 1
            else:
                e -= 1
                samples[p], samples[e] = samples[e], samples[p]

    def _sort(self, start: int, end: int, feature: int) -> None:
        values = self.values[feature]
        pairs = [(values[sample], sample) for sample in self.samples[start:end]]
        if self.mistake == "a stable sort":
            pairs.sort(key=lambda pair: pair[0])
        else:
            _introsort(pairs, 0, len(pairs), 2 * (len(pairs).bit_length() - 1))
        self.samples[start:end] = [sample for _, sample in pairs]


class ClassTree(Tree):
    """The same of weighted classes, by Gini; a value is the share of the first class."""

    def __init__(
        self, X: Any, labels: Any, weights: Any, seed: int, mistake: str | None = None
    ) -> None:
        self.labels, self.weights = labels, [float(weight) for weight in weights]
        super().__init__(X, labels, seed, mistake)

    def _grow(self, start: int, end: int, impurity: float | None, known: int) -> None:
        if impurity is None:
            n_classes = max(self.labels) + 1
            self.parts = [
                [*(weight * (label == one) for one in range(n_classes)), weight]
                for label, weight in zip(self.labels, self.weights, strict=True)
            ]
        super()._grow(start, end, impurity, known)

    def _squares(self, order: list[int]) -> float:
        return 0.0

    def _impurity(self, sums: list[float], squares: float) -> float:
        squares = 0.0
        for one in sums[:-1]:
            squares += one * one
        return 1.0 - squares / (sums[-1] * sums[-1])

    def _proxy(self, left: list[float], right: list[float]) -> float:
        return -right[-1] * self._impurity(right, 0.0) - left[-1] * self._impurity(left, 0.0)


def _difference(total: list[float], left: list[float]) -> list[float]:
    return [a - b for a, b in zip(total, left, strict=True)]


def _introsort(pairs: list[tuple[float, int]], low: int, high: int, depth: int) -> None:
    while high - low > 15:
        if depth <= 0:
            raise NotImplementedError("the heap sort")
        depth -= 1
        n = high - low
        pivot = sorted((pairs[low][0], pairs[low + n // 2][0], pairs[high - 1][0]))[1]
        i = left = low
        right = high
        while i < right:
            if pairs[i][0] < pivot:
                pairs[i], pairs[left] = pairs[left], pairs[i]
                i += 1
                left += 1
            elif pairs[i][0] > pivot:
                right -= 1
                pairs[i], pairs[right] = pairs[right], pairs[i]
            else:
                i += 1
        _introsort(pairs, low, left, depth)
        low = right
    pairs[low:high] = sorted(pairs[low:high], key=lambda pair: pair[0])
