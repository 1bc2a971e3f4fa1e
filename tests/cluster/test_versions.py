"""What executors must have in common with the driver, and what is said where they have not."""

import platform
import socket
from importlib import metadata

import pytest
import sklearn
from scripts import standalone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
from tests.cluster.conftest import start
from tests.cluster.learners import Careful

import tenfold
from tenfold.spark._search import bootstrap
from tenfold.spark._search.requirements import requirements_of


@pytest.fixture
def session_with(spark_kind, cluster, tmp_path):
    """A session whose executors have a Python that says it has other packages."""
    if spark_kind == "connect":
        pytest.skip("one session at a time; the check is the executors' own, whatever the session")
    sessions = []

    def make(**packages):
        from pyspark.sql import SparkSession

        python = standalone.bare_python(tmp_path / "python")
        site = next((tmp_path / "python").glob("lib/python*/site-packages"))
        for name, version in packages.items():
            info = site / f"{name}-{version}.dist-info"
            info.mkdir()
            name = name.replace("_", "-")
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            )
        running = SparkSession.getActiveSession()
        if running is not None:
            running.stop()
        sessions.append(start(spark_kind, cluster, python))
        return sessions[-1]

    yield make
    for session in sessions:
        session.stop()


def test_another_scikit_learn(session_with):
    session_with(scikit_learn="1.2.3")
    search = tenfold.GridSearchCV(SVC(), {"C": [1.0, 2.0]}, cv=2)
    with pytest.raises(RuntimeError, match=r"scikit-learn is 1\.2\.3 on") as raised:
        search.fit(*load_iris(return_X_y=True))
    assert sklearn.__version__ in str(raised.value)
    assert socket.gethostname() in str(raised.value)


def test_equal_but_for_the_patch(session_with):
    major, minor, *_ = metadata.version("numpy").split(".")
    session_with(numpy=f"{major}.{minor}.99")
    search = tenfold.GridSearchCV(
        RandomForestClassifier(3, random_state=0), {"max_depth": [1]}, cv=2
    )
    search.fit(*load_iris(return_X_y=True))


def test_packages_of_other_learners_are_required_exactly():
    from tenfold._gather.calls import Call, Request
    from tenfold._versions import fit_and_score

    def requirements(estimator):
        arguments = {
            "estimator": estimator, "X": [[0]], "y": [0], "scorer": None, "train": [0], "test": [0],
            "verbose": 0, "parameters": None, "fit_params": None, "score_params": None,
        }  # fmt: skip
        return requirements_of(Request([Call(fit_and_score, (), arguments)], 1, False, False))

    plain = requirements(SVC())
    assert plain.python == platform.python_version()
    assert set(plain.versions) == {"scikit-learn", "numpy", "scipy", "tenfold"}
    joblib_like = type("FromJoblib", (SVC,), {"__module__": "joblib.somewhere"})
    assert requirements(joblib_like()).versions["joblib"] == (metadata.version("joblib"), True)
    assert set(requirements(Careful()).versions) == set(plain.versions)


def test_another_python():
    wanted = bootstrap.Requirements({}, "2.7.18", platform.machine())
    with pytest.raises(bootstrap.WrongVersion, match=r"Python is .* but 2\.7\.18 on the driver"):
        bootstrap._check_python(wanted)


def test_a_module_that_only_the_driver_has(spark, tmp_path, monkeypatch):
    (tmp_path / "beside_the_script.py").write_text(
        "from sklearn.naive_bayes import GaussianNB\nclass Mine(GaussianNB): pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from beside_the_script import Mine

    search = tenfold.GridSearchCV(Mine(), {"var_smoothing": [1e-9]}, cv=2)
    with pytest.raises(ModuleNotFoundError, match=r"'beside_the_script' is not on .*addPyFile"):
        search.fit(*load_iris(return_X_y=True))
