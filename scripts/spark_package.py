"""Pack the wheel for executors that have scikit-learn but not tenfold.

    python scripts/spark_package.py dist/tenfold-*.whl

writes ``dist/tenfold-<version>-spark-<tags>.tar.gz``, for ``spark.archives``. In it are the wheel, the
oneTBB library it is linked with, and rich; NumPy, SciPy, scikit-learn and joblib are the cluster's own,
since models must be fitted by the scikit-learn that everything else there uses.
"""

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

# rich draws progress bars, and is all that the package imports beside scikit-learn's own needs.
RICH, TBB = "rich>=13", "tbb>=2022.3"
LIBRARY = "libtbb.so.12"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel.resolve()
    name, version, *tags = wheel.stem.split("-")
    archive = wheel.parent / f"{name}-{version}-spark-{tags[0]}-{tags[-1]}.tar.gz"
    with tempfile.TemporaryDirectory() as folder:
        pip("install", "--target", folder, "--no-deps", str(wheel))
        pip("install", "--target", folder, "--upgrade", RICH)
        add_library(Path(folder) / "lib")
        shutil.rmtree(Path(folder) / "bin", ignore_errors=True)
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(folder, ".", filter=anonymous)
    print(f"tenfold: {archive.name}, {archive.stat().st_size / 1e6:.1f} MB")


def pip(command, *arguments):
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", command, *quiet, *arguments], check=True)


def add_library(folder):
    """Take from oneTBB's wheel the one file that is linked with, where the extension looks for it."""
    with tempfile.TemporaryDirectory() as download:
        pip("download", "--no-deps", "--dest", download, TBB)
        (wheel,) = Path(download).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            (name,) = (n for n in files.namelist() if n.endswith(f"/lib/{LIBRARY}"))
            folder.mkdir()
            (folder / LIBRARY).write_bytes(files.read(name))


def anonymous(entry):
    """No caches, and no owner: whoever unpacks it is that."""
    if "__pycache__" in entry.name:
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main()
