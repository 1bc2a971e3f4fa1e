"""Trees of fewer leaves and pruned trees, read off one grown tree, node for node."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tenfold._sharing.paths.tree_size import TreeSize

from .drawing import (
    EVERYTHING,
    conforms,
    differs_unrefused,
    is_refused,
    labels,
    many,
    rows,
    seeds,
    targets,
    weights,
)

SIZE = TreeSize()


def sizes(leaves, alphas):
    return [{"max_leaf_nodes": n, "ccp_alpha": alpha} for n in leaves for alpha in alphas]


@many
@given(
    kind=st.sampled_from(EVERYTHING),
    seed=seeds,
    cls=st.sampled_from(
        [DecisionTreeClassifier, ExtraTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor]
    ),
    max_features=st.sampled_from([None, 0.6]),
    leaf=st.sampled_from([1, 5]),
    decrease=st.sampled_from([0.0, 0.01]),
    depth=st.sampled_from([None, 3]),
    weighted=st.booleans(),
    constrained=st.booleans(),
    outputs=st.booleans(),
)
def test_sizes(
    kind, seed, cls, max_features, leaf, decrease, depth, weighted, constrained, outputs
) -> None:
    X = rows(kind, seed)
    regressor = cls in (DecisionTreeRegressor, ExtraTreeRegressor)
    y = targets(X, seed) if regressor else labels(X, seed, 2 if constrained else 3, text=True)
    if outputs and not constrained:
        y = np.column_stack([y, y[::-1]])
    model = cls(
        max_features=max_features,
        min_samples_leaf=leaf,
        min_impurity_decrease=decrease,
        max_depth=depth,
        random_state=seed,
    )
    if constrained and kind != "nan":
        model.set_params(monotonic_cst=[1, -1, 0, 0, 0][: X.shape[1]])
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    values = sizes((None, 2, 7, 3, np.int64(12), 200), (0.0, 0.004, 0.03))
    conforms(SIZE, model, values, X, y, **fit_params)


@pytest.mark.parametrize(
    "criterion", ["squared_error", "absolute_error", "poisson", "friedman_mse"]
)
def test_criteria(criterion) -> None:
    X = rows("tied", 2)
    model = DecisionTreeRegressor(criterion=criterion, random_state=0)
    conforms(SIZE, model, sizes((4, 20, 9), (0.0, 0.01)), X, np.exp(targets(X, 2)))


def test_depth_first_is_a_family_of_its_own() -> None:
    """A tree without a limit has its nodes in another order."""

    class Together(TreeSize):
        def group(self, *arguments):
            return None

        def fit(self, estimator, values, X, y, **fit_params):
            whole = estimator.set_params(max_leaf_nodes=200)
            for index, (_, fitted) in enumerate(
                TreeSize().fit(whole, [{"max_leaf_nodes": 200}] * 2, X, y)
            ):
                yield index, fitted.set_params(**values[index])

    X = rows("continuous", 0)
    model = DecisionTreeClassifier(random_state=0)
    differs_unrefused(Together(), model, sizes((None, 200), (0.0,)), X, labels(X, 0))


def test_refusals() -> None:
    model = DecisionTreeClassifier()
    is_refused(SIZE, model, [{"max_leaf_nodes": n} for n in (1, 0, -4, 2.5, "a")], "max_leaf_nodes")
    is_refused(SIZE, model, [{"ccp_alpha": a} for a in (-0.1, "a", None)], "ccp_alpha")
    is_refused(SIZE, model, [{"ccp_alpha": 0.1}], "fit parameter check_input", check_input=False)
