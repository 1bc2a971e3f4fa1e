"""Trees, forests and boosted trees between scikit-learn and Spark ML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml import classification as spark_classification
from pyspark.ml import regression as spark_regression
from pyspark.sql import SparkSession
from sklearn import ensemble, tree

from tenfold._versions import give_loss, new_tree, start_of_boosting, tree_node
from tenfold.spark._frames.create import create_dataframe
from tenfold.spark._frames.to_python import to_arrow
from tenfold.spark._models.files import metadata, write, write_metadata
from tenfold.spark._models.linear import check_thresholds
from tenfold.spark._models.nodes import (
    Nodes,
    constant,
    depth,
    from_arrow_struct,
    nodes_of,
    to_arrow_table,
)

_CLASSIFICATION = "org.apache.spark.ml.classification."
_REGRESSION = "org.apache.spark.ml.regression."
_TREE_OF = {
    True: _CLASSIFICATION + "DecisionTreeClassificationModel",
    False: _REGRESSION + "DecisionTreeRegressionModel",
}
_WITH_CLASSIFICATION_TREES = (
    spark_classification.DecisionTreeClassificationModel,
    spark_classification.RandomForestClassificationModel,
)


def tree_to_spark(estimator: Any, spark: SparkSession, folder: str) -> Any:
    """A fitted tree as Spark's."""
    is_classifier = hasattr(estimator, "classes_")
    extra = {"numFeatures": int(estimator.n_features_in_)}
    if is_classifier:
        extra["numClasses"] = len(estimator.classes_)
    params = {"impurity": _impurity(estimator, is_classifier)}
    write_metadata(spark, folder, _TREE_OF[is_classifier], params, **extra)
    write(create_dataframe(spark, to_arrow_table(nodes_of(estimator))), f"{folder}/data")
    if is_classifier:
        return spark_classification.DecisionTreeClassificationModel.load(folder)
    return spark_regression.DecisionTreeRegressionModel.load(folder)


def forest_to_spark(estimator: Any, spark: SparkSession, folder: str) -> Any:
    """A fitted forest as Spark's."""
    trees = [nodes_of(member) for member in estimator.estimators_]
    weights = [1.0] * len(trees)
    n_features = int(estimator.n_features_in_)
    if hasattr(estimator, "classes_"):
        name, n_classes = (
            _CLASSIFICATION + "RandomForestClassificationModel",
            len(estimator.classes_),
        )
        _write_ensemble(spark, folder, name, trees, weights, n_features, n_classes)
        return spark_classification.RandomForestClassificationModel.load(folder)
    name = _REGRESSION + "RandomForestRegressionModel"
    _write_ensemble(spark, folder, name, trees, weights, n_features)
    return spark_regression.RandomForestRegressionModel.load(folder)


def boosting_to_spark(estimator: Any, spark: SparkSession, folder: str) -> Any:
    """Fitted gradient-boosted trees as Spark's; the first tree is the initial prediction."""
    is_classifier = hasattr(estimator, "classes_")
    if is_classifier and len(estimator.classes_) != 2:
        raise ValueError(
            f"GradientBoostingClassifier with {len(estimator.classes_)} classes has no counterpart: "
            f"Spark's boosted trees know two"
        )
    if is_classifier and estimator.loss != "log_loss":
        raise ValueError(f"loss {estimator.loss!r} has no counterpart in Spark; use 'log_loss'")
    n_features = int(estimator.n_features_in_)
    # Spark's margin is half of scikit-learn's: its probability is 1 / (1 + exp(-2 * margin)).
    scale = 0.5 if is_classifier else 1.0
    trees = [constant(_initial(estimator, n_features))]
    trees += [nodes_of(member) for member in estimator.estimators_[:, 0]]
    weights = [scale] + [scale * estimator.learning_rate] * (len(trees) - 1)
    family = _CLASSIFICATION + "GBTClassificationModel" if is_classifier else ""
    name = family or _REGRESSION + "GBTRegressionModel"
    _write_ensemble(spark, folder, name, trees, weights, n_features)
    if is_classifier:
        return spark_classification.GBTClassificationModel.load(folder)
    return spark_regression.GBTRegressionModel.load(folder)


def _initial(estimator: Any, n_features: int) -> float:
    """What boosting starts from, which must be one number for all samples."""
    init = estimator.init_
    if not (isinstance(init, str) or type(init).__name__ in ("DummyRegressor", "DummyClassifier")):
        raise ValueError(
            f"init={type(init).__name__} starts from predictions of its own, for which Spark has no "
            f"place; use init=None or 'zero'"
        )
    return start_of_boosting(estimator, n_features)


def _impurity(estimator: Any, is_classifier: bool) -> str:
    if not is_classifier:
        return "variance"
    return "gini" if estimator.criterion == "gini" else "entropy"


def _write_ensemble(
    spark: SparkSession,
    folder: str,
    name: str,
    trees: Sequence[Nodes],
    weights: Sequence[float],
    n_features: int,
    n_classes: int | None = None,
) -> None:
    extra = {"numFeatures": n_features, "numTrees": len(trees)}
    if n_classes is not None:
        extra["numClasses"] = n_classes
    params = {"impurity": "variance" if n_classes is None else "gini"}
    if "GBT" not in name:
        params["numTrees"] = len(trees)  # type: ignore[assignment]
    write_metadata(spark, folder, name, params, **extra)
    per_tree = {key: extra[key] for key in ("numFeatures", "numClasses") if key in extra}
    of_trees = [
        metadata(
            spark, _TREE_OF[n_classes is not None], {"impurity": params["impurity"]}, **per_tree
        )
        for _ in trees
    ]
    rows = list(zip(range(len(trees)), of_trees, map(float, weights), strict=True))
    schema = "treeID int, metadata string, weights double"
    write(spark.createDataFrame(rows, schema), f"{folder}/treesMetadata")
    table = pa.concat_tables([_with_tree_id(i, nodes) for i, nodes in enumerate(trees)])
    write(create_dataframe(spark, table.combine_chunks()), f"{folder}/data")


def _with_tree_id(i: int, nodes: Nodes) -> Any:
    table = to_arrow_table(nodes)
    columns = [column.combine_chunks() for column in table.columns]
    data = pa.StructArray.from_arrays(columns, fields=list(table.schema))
    return pa.table({"treeID": pa.array(np.full(len(data), i, np.int32)), "nodeData": data})


def read_trees(spark: SparkSession, model: Any, folder: str) -> list[Nodes]:
    """The trees of a Spark model, by way of its saved form."""
    model.write().overwrite().save(folder)
    # The trees of a boosted classifier are regression trees.
    is_classifier = isinstance(model, _WITH_CLASSIFICATION_TREES)
    table = to_arrow(spark.read.parquet(f"{folder}/data"), progress=False).combine_chunks()
    if "treeID" not in table.column_names:
        return [from_arrow_struct(table.to_struct_array().combine_chunks(), is_classifier)]
    owner = table["treeID"].to_numpy()
    data = table["nodeData"].combine_chunks()
    members = (data.filter(pa.array(owner == i)) for i in range(int(owner.max()) + 1))
    return [from_arrow_struct(member, is_classifier) for member in members]


def sklearn_tree(nodes: Nodes, n_features: int, n_classes: int | None, scale: float = 1.0) -> Any:
    """A fitted scikit-learn tree of these nodes; ``scale`` multiplies a regression tree's values."""
    is_classifier = n_classes is not None
    estimator = tree.DecisionTreeClassifier() if is_classifier else tree.DecisionTreeRegressor()
    records = np.zeros(len(nodes.left), dtype=tree_node())
    records["left_child"], records["right_child"] = nodes.left, nodes.right
    # scikit-learn marks the feature and threshold of a leaf with -2.
    records["feature"] = np.where(nodes.is_leaf, -2, nodes.feature)
    records["threshold"] = np.where(nodes.is_leaf, -2.0, nodes.threshold)
    records["impurity"] = nodes.impurity
    records["n_node_samples"] = nodes.n_samples
    records["weighted_n_node_samples"] = nodes.weight
    if is_classifier:
        values = nodes.stats / np.where(nodes.weight > 0, nodes.weight, 1.0)[:, None]
    else:
        values = scale * nodes.prediction[:, None]
    state = {
        "max_depth": depth(nodes),
        "node_count": len(records),
        "nodes": records,
        "values": np.ascontiguousarray(values[:, None, :], dtype=np.float64),
    }
    built = new_tree(n_features, np.array([n_classes or 1], dtype=np.intp), 1)
    built.__setstate__(state)
    estimator.tree_ = built
    _set_common(estimator, n_features, n_classes)
    estimator.n_outputs_, estimator.max_features_ = 1, n_features
    return estimator


def _set_common(estimator: Any, n_features: int, n_classes: int | None) -> None:
    estimator.n_features_in_ = n_features
    if n_classes is not None:
        estimator.classes_ = np.arange(n_classes, dtype=np.float64)
        estimator.n_classes_ = n_classes


def tree_to_sklearn(model: Any, spark: SparkSession, folder: str) -> Any:
    """Spark's tree as a fitted scikit-learn one."""
    check_thresholds(model)
    (nodes,) = read_trees(spark, model, folder)
    return sklearn_tree(nodes, model.numFeatures, _n_classes(model))


def forest_to_sklearn(model: Any, spark: SparkSession, folder: str) -> Any:
    """Spark's forest as a fitted scikit-learn one."""
    check_thresholds(model)
    n_features, n_classes = int(model.numFeatures), _n_classes(model)
    kind = ensemble.RandomForestRegressor if n_classes is None else ensemble.RandomForestClassifier
    trees = read_trees(spark, model, folder)
    forest = kind(n_estimators=len(trees))
    forest.estimators_ = [sklearn_tree(nodes, n_features, n_classes) for nodes in trees]
    forest.estimator_ = type(forest.estimators_[0])()
    _set_common(forest, n_features, n_classes)
    forest.n_outputs_ = 1
    return forest


def boosting_to_sklearn(model: Any, spark: SparkSession, folder: str) -> Any:
    """Spark's boosted trees as fitted scikit-learn ones; weights are multiplied into the leaves."""
    is_classifier = isinstance(model, spark_classification.GBTClassificationModel)
    if is_classifier:
        check_thresholds(model)
    n_features = int(model.numFeatures)
    trees = read_trees(spark, model, folder)
    scale = 2.0 if is_classifier else 1.0
    members = [
        sklearn_tree(nodes, n_features, None, scale * float(weight))
        for nodes, weight in zip(trees, model.treeWeights, strict=True)
    ]
    kind = (
        ensemble.GradientBoostingClassifier if is_classifier else ensemble.GradientBoostingRegressor
    )
    estimator = kind(n_estimators=len(members), learning_rate=1.0, init="zero")
    estimator.estimators_ = np.array(members, dtype=object).reshape(-1, 1)
    _set_common(estimator, n_features, 2 if is_classifier else None)
    estimator.init_ = "zero"
    estimator.n_estimators_, estimator.n_trees_per_iteration_ = len(members), 1
    estimator.max_features_ = n_features
    give_loss(estimator)
    return estimator


def _n_classes(model: Any) -> int | None:
    return int(model.numClasses) if hasattr(type(model), "numClasses") else None
