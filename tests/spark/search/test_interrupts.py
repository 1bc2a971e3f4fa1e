"""Ctrl-C while a search talks to the JVM, and while Spark has not begun its job."""

import os
import signal
import sys
import threading
import time

import pytest
from pyspark import cloudpickle
from pyspark.sql import SparkSession
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

import tenfold
from tenfold._run.interrupts import between_calls_to_the_jvm
from tenfold.spark._search import job

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # executors do not have it


class Sleeper(ClassifierMixin, BaseEstimator):
    """Takes its time."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def fit(self, X, y):
        time.sleep(self.seconds)
        self.classes_ = sorted(set(y))
        return self

    def predict(self, X):
        return [self.classes_[0]] * len(X)


def interrupt(after):
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.daemon = True
    timer.start()


def call_and_wait(spark):
    spark._jvm.java.lang.Thread.sleep(1000)
    time.sleep(5)


def test_within_a_call_to_the_jvm(spark, spark_kind):
    if spark_kind == "connect":
        pytest.skip("there is no JVM of this process")
    known = signal.getsignal(signal.SIGINT)
    interrupt(0.3)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), between_calls_to_the_jvm():
        call_and_wait(spark)
    assert 0.9 < time.monotonic() - began < 5, "once the call has its answer"
    assert signal.getsignal(signal.SIGINT) is known
    assert SparkSession.getActiveSession() is not None, "the thread's connection is what it was"


def test_at_the_end_of_a_search(spark, spark_kind):
    if spark_kind == "connect":
        pytest.skip("there is no JVM of this process")
    interrupt(0.1)
    with pytest.raises(KeyboardInterrupt), between_calls_to_the_jvm():
        spark._jvm.java.lang.Thread.sleep(500)


def test_a_call_without_an_answer(spark, spark_kind, monkeypatch):
    if spark_kind == "connect":
        pytest.skip("there is no JVM of this process")
    monkeypatch.setattr("tenfold._run.interrupts._PATIENCE_SECONDS", 0.5)
    interrupt(0.1)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), between_calls_to_the_jvm():
        spark._jvm.java.lang.Thread.sleep(20_000)
    assert time.monotonic() - began < 10
    SparkSession.builder.getOrCreate()  # makes the new connection's session the active one again
    spark._jvm.org.apache.spark.sql.classic.SparkSession.setActiveSession(spark._jsparkSession)


def test_before_spark_has_begun_the_job(spark, monkeypatch):
    """Spark cancels what it knows, so a job that is told to end too soon would run to its end."""
    X, y = load_iris(return_X_y=True)
    tenfold.GridSearchCV(Sleeper(), {"seconds": [0.0]}, cv=2).fit(X, y)
    start, left = job._Job.start, []

    def start_and_be_interrupted(self):
        start(self)
        left.append(self._thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(job._Job, "start", start_and_be_interrupted)
    search = tenfold.GridSearchCV(Sleeper(), {"seconds": [20.0, 21.0, 22.0]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert not left[0].is_alive(), "the job has ended, not only been left"
