"""Paths: one fit of somebody else's estimator, many candidates read off it.

One file a rule or a family of estimators; ``SHIPPED`` is the list of those files. Each has ``PATHS``, the
classes that it offers.
"""

# In the order in which they are asked.
SHIPPED: tuple[str, ...] = (
    "hist_gradient_boosting",
    "gradient_boosting",
    "ada_boost",
    "bagging",
    "forests",
    "neighbors",
    "ridge",
    "coordinate_descent",
    "kernel_ridge",
    "logistic",
    "tree_size",
    "naive_bayes",
    "discriminant_analysis",
    "cross_decomposition",
    "iterations",
    "xgboost_rounds",
    "lightgbm_rounds",
    "catboost_rounds",
    "svm",
    "decompositions",
    "selections",
    "text",
    "eliminations",
    "committees",
)
