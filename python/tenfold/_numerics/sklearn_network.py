"""What trains scikit-learn's multi-layer perceptrons, and keeps what it has learnt.

Proven for scikit-learn 1.9: earlier ones sum their losses in another order, and some do not weigh rows.
"""

from __future__ import annotations

import sys
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from tenfold._warning import warn_as, warning_as

Array = np.ndarray[Any, Any]

PROVEN = {"sklearn": ("1.9", "1.9")}

_MODULE = "sklearn.neural_network._multilayer_perceptron"
# The methods of the base class that train.
EPOCHS = "_fit_stochastic"
LBFGS = "_fit_lbfgs"
# These, and what they ask, which is answered here in part.
_FOLLOWED = (
    EPOCHS,
    LBFGS,
    "_backprop",
    "_compute_loss_grad",
    "_forward_pass",
    "_forward_pass_fast",
    "_loss_grad_lbfgs",
    "_predict",
    "_score",
    "_score_with_function",
    "_unpack",
    "_update_no_improvement_count",
)


def base() -> Any:
    """The base class of the estimators; None where nobody has imported it."""
    return getattr(sys.modules.get(_MODULE), "BaseMultilayerPerceptron", None)


def is_followed(cls: Any) -> bool:
    """Whether a class trains by scikit-learn's own methods, of which a subclass may have other ones."""
    own = next(one for one in cls.__mro__ if one.__module__ == _MODULE)
    return not any(getattr(cls, name, None) is not getattr(own, name, None) for name in _FOLLOWED)


def is_patched(model: Any) -> bool:
    """Whether a model has a method of its own, which its clones have not."""
    return not vars(model).keys().isdisjoint(_FOLLOWED)


def warn(message: str, category: type[Warning]) -> None:
    """Warn as from scikit-learn's own file."""
    warn_as(_MODULE, message, category)


def generator_of(model: Any) -> Any:
    """What a model that is being fitted draws from."""
    return model._random_state


def is_multiclass(model: Any) -> bool:
    """Whether a classifier that is being fitted tells exclusive classes apart, two of them or more."""
    return model._label_binarizer.y_type_ in ("binary", "multiclass") and len(model.classes_) > 1


def labels_of(model: Any, y: Array) -> Array:
    """The labels of encoded targets."""
    labels: Array = model._label_binarizer.inverse_transform(y)
    return labels


def optimizer_of(model: Any, parameters: list[Array]) -> Any:
    """An optimizer as the model's fit makes it, which remembers nothing yet."""
    from sklearn.neural_network import _stochastic_optimizers as optimizers

    if model.solver == "sgd":
        return optimizers.SGDOptimizer(
            parameters,
            model.learning_rate_init,
            model.learning_rate,
            model.momentum,
            model.nesterovs_momentum,
            model.power_t,
        )
    return optimizers.AdamOptimizer(
        parameters, model.learning_rate_init, model.beta_1, model.beta_2, model.epsilon
    )


def backprop(model: Any, X: Array, y: Array) -> tuple[float, list[Array]]:
    """Loss and gradients of one batch, by scikit-learn's own code; matrices first, then intercepts."""
    n = model.n_layers_ - 1
    loss, of_weights, of_intercepts = model._backprop(
        X, y, None, [X] + [None] * n, [None] * n, [None] * n, [None] * n
    )
    return loss, of_weights + of_intercepts


def outputs_of(model: Any, X: Array) -> Array:
    """What the last layer gives for checked rows."""
    outputs: Array = model._forward_pass_fast(X, check_input=False)
    return outputs


def score_of(model: Any, X: Array, y: Array) -> float:
    """The score by which a fit stops early."""
    score: float = model._score(X, y, sample_weight=None)
    return score


def give_optimizer(model: Any, optimizer: Any) -> None:
    """Have a model keep the optimizer that trained it."""
    model._optimizer = optimizer


def keep_best(model: Any) -> None:
    """Have a model remember its parameters as the best so far."""
    model._best_coefs = [one.copy() for one in model.coefs_]
    model._best_intercepts = [one.copy() for one in model.intercepts_]


def take_best(model: Any) -> None:
    """Have a model its best parameters again."""
    model.coefs_, model.intercepts_ = model._best_coefs, model._best_intercepts


def count_epoch(model: Any, improves: bool) -> int:
    """How many epochs there were since the last that improved, with one more counted."""
    model._no_improvement_count = 0 if improves else model._no_improvement_count + 1
    return int(model._no_improvement_count)


def take_minimum(model: Any, result: Any, units: list[int]) -> None:
    """Have the model what L-BFGS has found, with a warning where it was cut short."""
    from sklearn.utils.optimize import _check_optimize_result

    sizes = [a * b for a, b in pairwise(units)]
    ends = list(accumulate([0, *sizes, *units[1:]]))  # of NumPy's type where a layer's size is
    pieces = list(pairwise(ends))
    n = len(sizes)
    shaped = zip(pieces[:n], pairwise(units), strict=True)
    model._coef_indptr = [(start, end, shape) for (start, end), shape in shaped]
    model._intercept_indptr = pieces[n:]
    with warning_as(_MODULE, "= _check_optimize_result("):
        model.n_iter_ = _check_optimize_result("lbfgs", result, model.max_iter)
    model.loss_ = result.fun
    model._unpack(result.x)
