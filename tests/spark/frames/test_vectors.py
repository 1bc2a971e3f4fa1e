"""Vectors in Arrow form: nothing here needs a session."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as hs
from hypothesis.extra import numpy as hn

from tenfold.spark._frames.vector_array import VectorArray
from tenfold.spark._frames.vectors import decode, encode, to_csr

SHAPES = hs.tuples(hs.integers(0, 6), hs.integers(0, 5))
FLOATS = hs.floats(allow_nan=True, allow_infinity=True)


@hs.composite
def csr_matrices(draw):
    dense = draw(hn.arrays(np.float64, draw(SHAPES), elements=hs.one_of(hs.just(0.0), FLOATS)))
    return sp.csr_matrix(dense)


@given(hn.arrays(np.float64, SHAPES, elements=FLOATS))
def test_dense_vectors_come_back_bit_for_bit(matrix):
    (chunk,) = encode(matrix).chunks or [pa.array([], encode(matrix).type)]
    back = decode(chunk, "v", matrix.shape[1])
    assert back.shape == matrix.shape
    assert back.tobytes() == matrix.tobytes()


@given(csr_matrices())
def test_sparse_vectors_come_back_with_their_structure(matrix):
    chunks = encode(matrix).chunks
    if matrix.shape[0] == 0:
        assert not chunks
        return
    back = decode(chunks[0], "v")
    assert sp.issparse(back)
    assert back.shape == matrix.shape
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(back, name), getattr(matrix, name))


@given(csr_matrices(), hs.data())
def test_dense_rows_among_sparse_ones_are_equal_in_value(matrix, data):
    if matrix.shape[0] == 0:
        return
    dense_rows = data.draw(hn.arrays(bool, matrix.shape[0]))
    sparse, dense = encode(matrix).chunks[0], encode(matrix.toarray()).chunks[0]
    rows = [(dense if d else sparse)[i].as_py() for i, d in enumerate(dense_rows)]
    back = decode(pa.array(rows, sparse.type), "v")
    np.testing.assert_array_equal(to_csr(back).toarray(), matrix.toarray())
    assert sp.issparse(back) == (not dense_rows.all())


def test_explicit_zeros_of_sparse_vectors_stay():
    matrix = sp.csr_matrix(([0.0, 2.0], [0, 2], [0, 2]), shape=(1, 3))
    assert decode(encode(matrix).chunks[0], "v").nnz == 2


def test_unsorted_indices_and_duplicates_are_put_right():
    matrix = sp.csr_matrix(([1.0, 2.0, 3.0], [2, 0, 2], [0, 3]), shape=(1, 3))
    back = decode(encode(matrix).chunks[0], "v")
    np.testing.assert_array_equal(back.indices, [0, 2])
    np.testing.assert_array_equal(back.data, [2.0, 4.0])


def test_ragged_vectors_are_an_error_naming_the_column():
    rows = [*encode(np.ones((1, 2))).to_pylist(), *encode(np.ones((1, 3))).to_pylist()]
    with pytest.raises(ValueError, match="column 'speeds' has rows of 2 and of 3 values"):
        decode(pa.array(rows, encode(np.ones((1, 2))).type), "speeds")


@pytest.mark.parametrize("matrix", [np.arange(8.0).reshape(4, 2), sp.eye(4, 2, format="csr")])
def test_vector_array_is_a_pandas_column(matrix):
    frame = pd.DataFrame({"v": VectorArray(matrix, np.array([0, 1, 0, 0], bool)), "i": range(4)})
    assert frame["v"].isna().tolist() == [False, True, False, False]
    assert frame["v"][1] is None
    taken = frame.iloc[[2, 0]]["v"]
    expected = (matrix.toarray() if sp.issparse(matrix) else matrix)[[2, 0]]
    np.testing.assert_array_equal(taken.array.to_dense(), expected)
    both = pd.concat([frame, frame], ignore_index=True)["v"]
    assert both.array.matrix.shape == (8, 2)
    assert frame["v"].reindex([3, 9]).isna().tolist() == [False, True]
    assert len(frame.merge(pd.DataFrame({"i": [3, 1]}))["v"].array) == 2
