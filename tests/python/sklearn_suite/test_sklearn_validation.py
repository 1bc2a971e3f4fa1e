"""scikit-learn's own ``test_validation.py`` over tenfold's classes and functions."""

from .swapped import swapped_tests

globals().update(swapped_tests("sklearn.model_selection.tests.test_validation"))
