"""Paths: one fit of somebody else's estimator, many candidates read off it.

One file a rule or a family of estimators; ``SHIPPED`` is the list of those files. Each has ``PATHS``, the
classes that it offers.
"""

# In the order in which they are asked.
SHIPPED: tuple[str, ...] = (
    "decompositions",
    "selections",
    "text",
    "eliminations",
    "committees",
)
