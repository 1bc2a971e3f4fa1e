"""A fitted estimator as a column of Spark's."""
