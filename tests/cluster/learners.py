"""Estimators that misbehave, sent to executors by value."""

from __future__ import annotations

import copy
import os
import pathlib
import random
import signal
import threading
import time
import zlib

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from tenfold.sharing import Path


class Careful(ClassifierMixin, BaseEstimator):
    """Predicts the majority, and notes each fit: one line in a file named by process and time."""

    def __init__(self, notes="", seconds=0.0, trouble=None, size=0):
        self.notes = notes
        self.seconds = seconds
        self.trouble = trouble
        self.size = size

    def fit(self, X, y):
        self._note()
        give_up = time.monotonic() + self.seconds
        while time.monotonic() < give_up:
            time.sleep(0.05)
            self._note(beat=True)
        self._get_into_trouble()
        self.classes_, counts = np.unique(y, return_counts=True)
        self.guess_ = self.classes_[np.argmax(counts)]
        return self

    def _note(self, beat=False):
        if self.notes:
            name = f"{'beat' if beat else 'fit'}-{os.getpid()}-{time.time_ns()}"
            pathlib.Path(self.notes, name).write_text(repr(self.size))

    def _get_into_trouble(self):
        if self.trouble == "error":
            raise ValueError(f"size {self.size} is not to be had")
        if self.trouble == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.trouble == "memory":
            self.hoard_ = np.ones(1 << 50)
        if self.trouble == "kill once" and not pathlib.Path(self.notes, "killed").exists():
            pathlib.Path(self.notes, "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)

        if str(self.trouble).startswith("wait for "):
            self._wait_for(pathlib.Path(self.trouble.removeprefix("wait for ")))

    @staticmethod
    def _wait_for(file):
        give_up = time.monotonic() + 60.0
        while not file.exists():
            if time.monotonic() > give_up:
                raise TimeoutError(f"{file} has not come")
            time.sleep(0.01)

    def predict(self, X):
        return np.full(len(X), self.guess_)


class Forgotten(Careful):
    """Dies in each fit of size 5, whose first three tries leave no note: as if the fourth were elsewhere."""

    def fit(self, X, y):
        if self.size == 5:
            from tenfold.spark._search import bootstrap

            self._note()
            place, name = pathlib.Path(self.notes), f"death-{zlib.crc32(X.tobytes())}"
            n_before = len(list(place.glob(f"{name}-*")))
            (place / f"{name}-{n_before}").touch()
            for note in pathlib.Path(bootstrap._own_directory()).glob("running-*"):
                if n_before < 3:
                    note.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


class WithLock(Careful):
    """Holds what cannot be pickled."""

    def __init__(self, notes="", seconds=0.0, trouble=None, size=0, handle=None):
        super().__init__(notes, seconds, trouble, size)
        self.handle = handle


def lock():
    return threading.Lock()


class Drawing(LogisticRegression):
    """Draws from both global generators, behind everybody's back."""

    def score(self, X, y):
        return np.random.random_sample() + random.random()


class Sizes(Path):
    """Reads any size off one fit of :class:`Careful`, whose size changes nothing."""

    name = "toy sizes"
    why = "a size changes nothing"
    estimators = (f"{__name__}.Careful",)
    parameters = ("size",)

    def fit(self, estimator, values, X, y, **fit_params):
        whole = estimator.fit(X, y)
        for index, own in enumerate(values):
            yield index, copy.copy(whole).set_params(**own)
