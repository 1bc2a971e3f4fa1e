"""Bagging and isolation forests that are fitted: the calls that fit their members, answered natively."""

from __future__ import annotations

from tenfold import _versions
from tenfold._gather.calls import Answer, Request
from tenfold._learners import member_rule


def answer_calls(request: Request, answer: Answer) -> bool:
    """Answer the calls of a bagging ensemble; False where scikit-learn must, or where they are others."""
    function = request.calls[0].function
    if not _versions.is_build_bag(getattr(function, "function", function)):
        return False
    if not member_rule.is_on():
        return False
    from tenfold._learners import bagging_growth  # with scikit-learn's trees: others need none

    return bagging_growth.try_to_grow(request, answer)
