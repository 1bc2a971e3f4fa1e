"""What a path is.

Words of this folder:
    path      a sharing rule over an estimator of somebody else's
    family    candidates of one class on one split that differ in the path's parameters alone
    values    a candidate's values of those parameters, by name: what tells members of a family apart
    reading   a fitted estimator that stands for one candidate
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from tenfold._lazy import is_class
from tenfold._refusal import Refusal
from tenfold._sharing.paths import drawing

Values = Mapping[str, Any]


class Shape(NamedTuple):
    """What is known of the training rows before they are cut out.

    Attributes
    ----------
    n_samples, n_features : int
        Of the rows and columns that the estimator is fitted on; ``n_features`` is -1 where it is not known
        yet, as behind transformers.
    """

    n_samples: int
    n_features: int


class Path:
    """One fit, many candidates read off it; derive from this to teach tenfold an estimator.

    A path has no state: one instance serves all searches, in threads and processes at once.

    Attributes
    ----------
    name : str
        A few words for ``explain``, unique among all paths.
    why : str
        One sentence, for ``explain`` and the documentation: what is shared, and why that is sound.
    estimators : tuple of str
        Classes that are covered, as ``"package.module.Class"`` with the public module. A subclass is another
        class: what it changes can't be known.
    parameters : tuple of str
        Parameters that may differ within a family. All others are equal in it, by value.
    transforms : bool
        Whether it is a path over a transformer, with :meth:`fit_transform`, for steps of a Pipeline
        before the last.
    proven : dict
        Per package the oldest and the newest release line for which equality was proven, such as
        ``{"sklearn": ("1.5", "1.9")}``. Another version refuses.
    reads : {"down", "shared"}
        ``"down"``: candidates are read off the longest fit, which costs what that one costs; a family that is
        cut pays it again. ``"shared"``: preparations are shared, and each candidate has work of its own.
    warns : {"all", "each"}
        Whom a warning belongs to that is given before the first reading: to all candidates, as it would have
        been given for each, or to the first one alone. A warning given later belongs to the reading that it
        comes before.

    Examples
    --------
    Boosting rounds of an estimator that keeps one tree a round:

    >>> from tenfold.sharing import Path, Refusal
    >>> class Rounds(Path):
    ...     name = "rounds"
    ...     why = "a model of fewer rounds is the first rounds of a longer one"
    ...     estimators = ("my_package.Booster",)
    ...     parameters = ("n_rounds",)
    ...
    ...     def refuse(self, estimator, values, shape, fit_params):
    ...         if estimator.early_stopping:
    ...             raise Refusal("early stopping ends each candidate where it likes")
    ...
    ...     def fit(self, estimator, values, X, y, **fit_params):
    ...         longest = max(v["n_rounds"] for v in values)
    ...         whole = clone(estimator).set_params(n_rounds=longest).fit(X, y, **fit_params)
    ...         for index, own in enumerate(values):
    ...             view = copy.copy(whole).set_params(**own)
    ...             view.trees_ = whole.trees_[: own["n_rounds"]]
    ...             yield index, view
    """

    name: ClassVar[str]
    why: ClassVar[str]
    estimators: ClassVar[tuple[str, ...]]
    parameters: ClassVar[tuple[str, ...]]
    transforms: ClassVar[bool] = False
    proven: ClassVar[Mapping[str, tuple[str, str]]] = {}
    reads: ClassVar[Literal["down", "shared"]] = "down"
    warns: ClassVar[Literal["all", "each"]] = "all"

    def covers(self, estimator: Any) -> bool:
        """Whether the estimator's class, itself and no subclass, is among those covered.

        Nothing is imported: where the class exists its module has been.

        Parameters
        ----------
        estimator : estimator

        Returns
        -------
        bool
        """
        return any(is_class(type(estimator), address) for address in self.estimators)

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """Raise :class:`Refusal`, in words, for a candidate that can't be read off soundly.

        Called while a search is planned, once a distinct candidate; nothing is fitted yet.

        Parameters
        ----------
        estimator : estimator
            Unfitted, with all of the candidate's parameters in force; not to be changed.
        values : mapping
            The candidate's values of this path's parameters. Those that the estimator would refuse must be
            refused here, so that they fail as they fail alone.
        shape : Shape
        fit_params : mapping
            Fit parameters that are not None.
        """

    def draws(self, estimator: Any) -> bool:
        """Whether a fit draws from a ``random_state`` that is not set: then nothing is read off.

        By default told by the parameters, down through nested estimators; some classes of scikit-learn's are
        known to draw with some of their solvers only, and boosting libraries to seed themselves.

        Parameters
        ----------
        estimator : estimator
            Unfitted, with all of the candidate's parameters in force; not to be changed.

        Returns
        -------
        bool
        """
        return drawing.draws(estimator)

    def group(self, estimator: Any, values: Values, shape: Shape) -> Hashable:
        """What else must be equal within a family; parameters that are not the path's are, anyway.

        A solver that is chosen by the values, say.

        Parameters
        ----------
        estimator : estimator
            Unfitted, with all of the candidate's parameters in force; not to be changed.
        values : mapping
            The candidate's values of this path's parameters.
        shape : Shape

        Returns
        -------
        hashable
        """
        return None

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        """The candidate's own work, in any unit that is the same for a family: trees, say.

        Parameters
        ----------
        estimator : estimator
            Unfitted, with all of the candidate's parameters in force; not to be changed.
        values : mapping
            The candidate's values of this path's parameters.
        shape : Shape

        Returns
        -------
        float
        """
        return 1.0

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        """Fit once; yield ``(position in values, fitted estimator)``, in any order, lazily.

        Parameters
        ----------
        estimator : estimator
            Unfitted, with the family's common parameters in force; a clone that belongs to this call.
        values : sequence of mapping
            The values of each member; distinct.
        X, y :
            The training rows, as scikit-learn would hand them to ``fit``; not to be changed, and not to be
            kept beyond the last reading unless the estimator keeps them itself.
        **fit_params
            As ``fit`` would get them.

        Yields
        ------
        index : int
        fitted : estimator
            What fitting that candidate alone gives, attribute by attribute and to the last bit; it must stay
            so when the others are read off or used, since a user may be handed it. Its parameters
            (``get_params``) are the candidate's.

        Notes
        -----
        A member that is not yielded runs alone, as scikit-learn's own code: leave out what turns out
        not to be sound, such as a tie. So do all that are left when :class:`Refusal` or any other
        exception is raised. Of a transformer, by default what :meth:`fit_transform` yields.
        """
        if not self.transforms:
            raise NotImplementedError
        for index, own, _ in self.fit_transform(estimator, values, X, y, **fit_params):
            yield index, own

    def fit_transform(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any, Any]]:
        """Of a transformer (``transforms = True``): :meth:`fit`, and what ``fit_transform`` gives beside it.

        A Pipeline fits its transformers by ``fit_transform``, whose result need not be that of ``transform``
        to the last bit (PCA's is not).

        Parameters
        ----------
        estimator : estimator
            Unfitted, with the family's common parameters in force; a clone that belongs to this call.
        values : sequence of mapping
            The values of each member; distinct.
        X, y :
            The training rows, as for :meth:`fit`.
        **fit_params
            As ``fit`` would get them.

        Yields
        ------
        index : int
        fitted : estimator
            As :meth:`fit` yields it.
        transformed :
            What ``fit_transform(X, y)`` of that candidate alone gives, in memory of its own.
        """
        raise NotImplementedError

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """What ``getattr(fitted, method)(X)`` gives, to the last bit; override to share work over readings.

        Parameters
        ----------
        fitted : estimator
            What :meth:`fit` yielded.
        method : {"predict", "predict_proba", "decision_function", "transform"}
        X :
            Rows to predict: one and the same object for all members of a family, never changed meanwhile.

        Returns
        -------
        array
            What that method of the estimator gives.
        """
        return getattr(fitted, method)(X)


__all__ = ["Path", "Refusal", "Shape", "Values"]
