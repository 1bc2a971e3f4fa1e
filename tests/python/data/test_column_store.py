"""Column stores over parts that came from elsewhere."""

from __future__ import annotations

import gc
import pickle
import weakref

import numpy as np

from tenfold._data.column_store import store_of_parts
from tenfold._native import engine


def test_a_store_keeps_the_arrays_that_it_views() -> None:
    rng = np.random.default_rng(0)
    made = engine().Dataset(rng.random((50, 3)), np.arange(50, dtype=np.int32) % 2, 2)
    n_classes, labels, records, values, ranks = made.parts()
    own = [np.array(one) for one in (labels, records, *values, *ranks)]
    alive = [weakref.ref(one) for one in own]
    n_columns = len(values)
    store = store_of_parts(n_classes, own[0], own[1], own[2 : 2 + n_columns], own[2 + n_columns :])
    del own
    gc.collect()
    assert all(one() is not None for one in alive)
    # Read again, they are what they were: nothing else was put in their memory.
    assert pickle.dumps(store.parts()) == pickle.dumps(made.parts())
    del store
    gc.collect()
    assert not any(one() is not None for one in alive), "and no longer than that"
