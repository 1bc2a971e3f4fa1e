"""Boosted models that are fitted within a tenfold search: their stages are grown natively where they can be.

scikit-learn's ``fit`` of gradient boosting checks its input, encodes y and fits the first predictions; then
it asks ``_fit_stages`` of its class for all stages. Within a search that method is answered by the engine:
the trees, the scores after each stage and the generator end as scikit-learn's would.
"""

from __future__ import annotations

from tenfold import _versions
from tenfold._learners.exchanging import Exchange

within_search = Exchange(
    _versions.gradient_boosting, "_fit_stages", "tenfold._learners.boosting_stages.grow"
).within_search
