"""A search as an Optuna study, so that optuna-dashboard and Optuna's own plots show it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tenfold._report.table import SearchTable, table_of, text


def to_study(
    search: Any, storage: Any = None, *, name: str | None = None, metric: str | None = None
) -> Any:
    """An Optuna study of a fitted search, or of a journal.

    Parameters
    ----------
    search : fitted search, str or path-like
        Or the path of a journal, of which the last search is taken.
    storage : str or optuna storage, optional
        Where the study is kept, such as ``"sqlite:///tuning.db"`` for optuna-dashboard; in memory by default.
    name : str, optional
        Of the study; one that is there already is refused by Optuna.
    metric : str, optional
        The score that the study maximises; by default the one that decided.

    Returns
    -------
    study : optuna.study.Study
        A trial a candidate, in their order: the mean score is its value, the fold scores are intermediate
        values by split, other metrics are user attributes. A candidate without a score is a failed trial.
        Parameters that only some candidates set (lists of grids) are conditional parameters.

    Raises
    ------
    ImportError
        Where Optuna is not installed; it comes with the extra ``report``.
    ValueError
        Where the search is not fitted, or has no such metric.

    Notes
    -----
    A parameter whose values are all numbers is numeric; any other is categorical, values that are neither
    numbers nor text by their names.
    """
    table = table_of(search, metric)
    study = new_study(storage=storage, study_name=name)
    study.set_user_attr("title", table.title)
    study.set_user_attr("metric", table.metric)
    study.add_trials(trials_of(table))
    return study


def new_study(**options: Any) -> Any:
    """A study that is maximised; Optuna's line about it is not shown."""
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(direction="maximize", **options)
    finally:
        optuna.logging.set_verbosity(verbosity)


def trials_of(table: SearchTable) -> list[Any]:
    """A frozen trial a candidate."""
    distributions = distributions_of(table)
    return [trial_of(table, number, distributions) for number in range(len(table))]


def distributions_of(table: SearchTable) -> dict[str, Any]:
    """What each varied parameter is to Optuna."""
    return {name: _distribution(name, table) for name in table.varied}


def trial_of(table: SearchTable, number: int, distributions: dict[str, Any]) -> Any:
    """The frozen trial of one candidate."""
    import optuna

    own = table.candidates[number]
    names = [name for name in distributions if name in own]
    folds = table.scores[table.metric][number]
    mean = float(folds.mean())
    finished = math.isfinite(mean)
    state = optuna.trial.TrialState
    return optuna.trial.create_trial(
        state=state.COMPLETE if finished else state.FAIL,
        value=mean if finished else None,
        params={name: _internal(own[name], distributions[name]) for name in names},
        distributions={name: distributions[name] for name in names},
        intermediate_values={
            split: float(score) for split, score in enumerate(folds) if math.isfinite(score)
        },
        user_attrs=_attributes(table, number),
    )


def _attributes(table: SearchTable, number: int) -> dict[str, Any]:
    others = {
        f"mean_{name}": float(scores[number].mean())
        for name, scores in table.scores.items()
        if name != table.metric
    }
    return {"candidate": number, "mean_fit_time": float(table.fit_times[number]), **others}


def _distribution(name: str, table: SearchTable) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    values = [own[name] for own in table.candidates if name in own]
    if all(_is_integer(value) for value in values):
        return IntDistribution(int(min(values)), int(max(values)))
    if all(
        _is_integer(value) or isinstance(value, float | np.floating) for value in values
    ) and all(math.isfinite(value) for value in values):
        low, high = float(min(values)), float(max(values))
        # Values that span orders of magnitude are spread by their logarithms.
        return FloatDistribution(low, high, log=low > 0 and high / low >= 100)
    return CategoricalDistribution(list(dict.fromkeys(map(_choice, values))))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.bool_)


def _choice(value: Any) -> Any:
    return value if value is None or type(value) in (bool, int, str) else text(value)


def _internal(value: Any, distribution: Any) -> Any:
    if type(distribution).__name__ == "IntDistribution":
        return int(value)
    if type(distribution).__name__ == "FloatDistribution":
        return float(value)
    return _choice(value)


# Candidates that importances are made from: of more, some, evenly.
_MOST_OF = {"ped_anova": 2000, "fanova": 250}


def importances(table: SearchTable, how: str = "ped_anova") -> dict[str, float]:
    """How much each varied parameter matters by Optuna's evaluator ("ped_anova" or "fanova"), the most first.

    Empty where Optuna is not installed or too few candidates have scores.
    """
    try:
        import optuna
    except ImportError:
        return {}
    of_first = table.iterations == table.iterations.min()
    known = np.flatnonzero(np.isfinite(table.means) & of_first)
    if len(known) < 4 or not table.varied or np.ptp(table.means[known]) == 0.0:
        return {}
    chosen = known[np.linspace(0, len(known) - 1, min(len(known), _MOST_OF[how])).astype(int)]
    part = SearchTable(
        title=table.title,
        candidates=[table.candidates[number] for number in chosen],
        scores={table.metric: table.scores[table.metric][chosen]},
        metric=table.metric,
        fit_times=table.fit_times[chosen],
        iterations=table.iterations[chosen],
    )
    study = new_study()
    study.add_trials(trials_of(part))
    evaluator: Any = (
        optuna.importance.FanovaImportanceEvaluator(seed=0)
        if how == "fanova"
        else optuna.importance.PedAnovaImportanceEvaluator(
            target_quantile=0.25, evaluate_on_local=False
        )
    )
    common = [name for name in part.varied if all(name in own for own in part.candidates)]
    if not common:
        return {}
    found = optuna.importance.get_param_importances(study, evaluator=evaluator, params=common)
    return dict(found)
