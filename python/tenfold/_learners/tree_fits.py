"""Single trees that are fitted within a search by whoever: grown natively where they can be.

``fit`` of scikit-learn's trees asks ``_fit`` of their base class. One-versus-rest, stacking, calibration,
eliminations and cells with a scorer of the user's all come there.
"""

from __future__ import annotations

from tenfold import _versions
from tenfold._learners import member_rule
from tenfold._learners.exchanging import Exchange

within_search = Exchange(
    _versions.base_tree, "_fit", "tenfold._learners.tree_growth.grow", member_rule.is_on
).within_search
