"""Direct paths on the kernels of several generations of processors, and on several threads of the BLAS.

OpenBLAS sums in another order on each; scikit-learn's own fits and the direct ones must change alike. The
choice is made when the library is loaded, so each runs in a process of its own.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
)
from sklearn.svm import SVC, SVR, LinearSVC
from threadpoolctl import threadpool_info

from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.registry import predicting_paths_for

ALPHAS = [{"alpha": alpha} for alpha in (1e-3, 0.1, 10.0)]
PENALTIES = [{"C": C} for C in (0.1, 1.0, 10.0)]
SEARCHES = [
    (Ridge(), ALPHAS),
    (Ridge(solver="svd"), ALPHAS),
    (RidgeClassifier(), ALPHAS),
    (Lasso(), ALPHAS),
    (ElasticNet(), ALPHAS),
    (KernelRidge(kernel="rbf", gamma=0.01), ALPHAS),
    (LogisticRegression(max_iter=20), PENALTIES),
    (SVC(gamma=0.05), PENALTIES),
    (SVR(), PENALTIES),
    (LinearSVC(dual=False), PENALTIES),
]
# The kernels of wheels' OpenBLAS, and what a processor needs for them.
GENERATIONS = {"Nehalem": "", "Haswell": "avx2", "SkylakeX": "avx512vl"}


def compare_all() -> set[str]:
    """Hold each path beside scikit-learn, here; returns which kernels were used."""
    random = np.random.default_rng(0)
    X = random.normal(size=(203, 41)) * 10.0 ** random.integers(-1, 2, 41) + 1
    y = X @ random.normal(size=41) + random.normal(size=203)
    for estimator, values in SEARCHES:
        target = np.digitize(y, np.quantile(y, [0.3, 0.6])) if is_classifier(estimator) else y
        paths = [path for path in predicting_paths_for(estimator) if path.reads == "shared"]
        read = 0
        for path in paths:
            read = max(read, check_path(path, estimator, values, X, target, X[:50]).n_read)
        assert read == len(values), estimator
    return {
        library["architecture"] for library in threadpool_info() if library["user_api"] == "blas"
    }


def flags() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as text:
            return next((line for line in text if line.startswith("flags")), "")
    except OSError:
        return ""


@pytest.mark.parametrize(
    ("generation", "n_threads"), [("Nehalem", 1), ("Haswell", 1), ("Haswell", 2), ("SkylakeX", 1)]
)
def test_every_generation(generation, n_threads):
    if "avx2" not in flags() or GENERATIONS[generation] not in flags():
        pytest.skip("this processor has no such instructions")
    environment = {
        **os.environ,
        "OPENBLAS_CORETYPE": generation,
        "OPENBLAS_NUM_THREADS": str(n_threads),
    }
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", __file__],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.split() == [generation], "the BLAS took other kernels"


if __name__ == "__main__":
    print(*sorted(compare_all()))
