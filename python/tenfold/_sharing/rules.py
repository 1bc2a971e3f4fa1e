"""The one list of sharing rules: the engine's, and those over estimators of somebody else's.

``explain`` takes a rule's sentence from here, and here from the rule. Each rule can be switched off by its
name (``tenfold.set_config(disabled_rules=...)``).
"""

from __future__ import annotations

from tenfold import _learners
from tenfold._config import get_config
from tenfold._sharing import transformers
from tenfold._sharing.paths.registry import all_paths


def rules() -> dict[str, str]:
    """Every rule that there is here, and in one sentence why it is sound."""
    of_paths = {path.name: path.why for path in all_paths()}
    return {**_learners.rules(), transformers.RULE: transformers.WHY, **of_paths}


def check_disabled_rules() -> None:
    """See that the rules which are switched off in this thread are rules.

    Raises
    ------
    ValueError
        For a name that is no rule's.
    """
    names = get_config()["disabled_rules"]
    if names:
        known = rules()
        for name in names:
            if name not in known:
                allowed = ", ".join(map(repr, known))
                raise ValueError(
                    f"disabled_rules has {name!r}, which is no sharing rule; known: {allowed}."
                )
