"""What ``test_archive.py`` submits: searches on executors, and what they ran on, as a line of JSON."""

import json

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV

GRID = {"max_depth": [2, None], "n_estimators": [3, 6]}


def searched(batches):
    for _ in batches:
        import tenfold

        X, y = load_iris(return_X_y=True)
        search = tenfold.GridSearchCV(RandomForestClassifier(random_state=0), GRID, cv=3)
        search.fit(X, y)
        engines = sorted({family.engine for family in search.plan_.families})
        yield pd.DataFrame({"engines": [",".join(engines)], "path": [tenfold.__file__]})


def main():
    spark = SparkSession.builder.getOrCreate()
    rows = spark.range(0, 2, 1, 2).mapInPandas(searched, "engines string, path string").collect()

    from tenfold.spark import KeyedEstimator, from_numpy

    X, y = load_iris(return_X_y=True)
    df = from_numpy(spark, X, y=y).selectExpr("1 as key", "features", "label").coalesce(1)
    search = GridSearchCV(RandomForestClassifier(random_state=0), GRID, cv=3)
    keyed = KeyedEstimator(sklearn_estimator=search, y_col="label").fit(df)
    print(
        json.dumps(
            {
                "engines": [row.engines.split(",") for row in rows],
                "imported_from": [row.path for row in rows],
                "keyed_scores": scores(keyed.get(1)),
                "scikit_learn_scores": scores(search.fit(X, y)),
            }
        )
    )
    spark.stop()


def scores(search):
    return np.asarray(search.cv_results_["mean_test_score"]).tolist()


if __name__ == "__main__":
    main()
