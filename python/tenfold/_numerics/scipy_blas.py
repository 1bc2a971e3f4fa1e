"""The address of SciPy's BLAS ``ddot``, from the capsules that ``scipy.linalg.cython_blas`` has for Cython.

scikit-learn's compiled code takes it from the same place. The capsules are documented; proven for SciPy 1.14
to 1.17.
"""

from __future__ import annotations

import ctypes
from functools import cache

from scipy.linalg import cython_blas

PROVEN = {"scipy": ("1.14", "1.17")}


@cache
def ddot_address() -> int:
    """Where ``ddot(int *n, double *x, int *incx, double *y, int *incy)`` lies; TypeError if it is another."""
    capsule = cython_blas.__pyx_capi__["ddot"]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    signature = name(capsule)
    if signature.count(b"int *") != 3 or signature.count(b",") != 4:
        raise TypeError(f"SciPy's ddot is {signature!r}")
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(pointer(capsule, signature))
