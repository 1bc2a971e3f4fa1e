"""Fitted models between scikit-learn and Spark ML, through the files that Spark ML saves."""
