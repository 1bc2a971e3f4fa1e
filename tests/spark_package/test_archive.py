"""The archive at work: executors whose Python has no tenfold import it from there and run its engine.

``make test-spark-package`` builds what is needed. The commands are those of docs/packages.md.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest

HERE = Path(__file__).parent
EXECUTOR_PYTHON = os.environ["TENFOLD_EXECUTOR_PYTHON"]
ARCHIVE = os.environ["TENFOLD_SPARK_PACKAGE"]
SPARK_SUBMIT = Path(pyspark.__file__).parent / "bin" / "spark-submit"


def submit(*options):
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
    return subprocess.run(
        [
            *[str(SPARK_SUBMIT), "--master", "local-cluster[2,1,1024]"],
            *["--conf", f"spark.pyspark.python={EXECUTOR_PYTHON}"],
            *["--conf", f"spark.pyspark.driver.python={sys.executable}"],
            *["--conf", "spark.ui.enabled=false"],
            *options,
            str(HERE / "job.py"),
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def found():
    done = submit(
        *["--archives", f"{ARCHIVE}#tenfold_package"],
        *["--conf", "spark.executorEnv.PYTHONPATH=tenfold_package"],
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_executors_search_natively_from_the_archive(found):
    assert found["engines"] == [["native"], ["native"]]
    for path in found["imported_from"]:
        assert "/tenfold_package/tenfold/" in path


def test_keyed_searches_agree_with_scikit_learn(found):
    assert found["keyed_scores"] == found["scikit_learn_scores"]


def test_without_the_archive_executors_have_no_tenfold():
    done = submit()
    assert done.returncode != 0
    assert "No module named 'tenfold'" in done.stderr
