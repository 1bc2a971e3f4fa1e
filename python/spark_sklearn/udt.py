"""``CSRVectorUDT``: one-row CSR matrices as cells of a DataFrame."""

from tenfold.spark._csr_udt import CSRVectorUDT

__all__ = ["CSRVectorUDT"]
