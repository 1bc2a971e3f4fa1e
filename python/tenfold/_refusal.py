"""Why something can't go a faster way, in words for the user."""

from __future__ import annotations


class Refusal(Exception):
    """A cell, a learner, a path or transformers to share don't go this way; the message says why.

    Never an error: what is refused runs as scikit-learn's own code.
    """
