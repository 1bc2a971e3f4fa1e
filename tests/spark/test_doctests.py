"""The examples in the docstrings of ``tenfold.spark``, run against a session.

They are marked to be skipped where there is none; here the mark is taken off.
"""

import doctest

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
from pyspark.ml import regression as spark_regression
from pyspark.sql import types as st
from sklearn import tree
from sklearn.linear_model import LinearRegression

import tenfold.spark

OFTEN_USED = {
    "LinearRegression": LinearRegression,
    "np": np,
    "pa": pa,
    "pd": pd,
    "scipy": scipy,
    "spark_regression": spark_regression,
    "st": st,
    "tree": tree,
}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", tenfold.spark.__all__)
def test_example(spark, name):
    names = {public: getattr(tenfold.spark, public) for public in tenfold.spark.__all__}
    found = doctest.DocTestFinder(recurse=False).find(
        names[name], name, globs={**OFTEN_USED, **names, "spark": spark}
    )
    examples = [example for test in found for example in test.examples]
    assert examples, f"{name} has no example"
    for example in examples:
        example.options.pop(doctest.SKIP, None)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in found:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
