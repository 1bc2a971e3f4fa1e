"""Forests that are fitted: the calls by which scikit-learn's ``fit`` has trees grown, answered natively."""

from __future__ import annotations

from tenfold import _versions
from tenfold._gather.calls import Answer, Request


def answer_calls(request: Request, answer: Answer) -> bool:
    """Answer the tree-building calls of a forest; False where scikit-learn must, or where they are others."""
    function = request.calls[0].function
    if not _versions.is_build_tree(getattr(function, "function", function)):
        return False
    from tenfold._learners import forest_growth  # with scikit-learn's trees: others need none

    return forest_growth.try_to_grow(request, answer)
