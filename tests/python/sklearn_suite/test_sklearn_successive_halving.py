"""scikit-learn's own ``test_successive_halving.py`` over tenfold's classes and functions."""

from .swapped import swapped_tests

globals().update(swapped_tests("sklearn.model_selection.tests.test_successive_halving"))
