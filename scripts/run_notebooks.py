"""Run the example notebooks from top to bottom; the first cell that fails ends it with its error.

    python scripts/run_notebooks.py [--in-place] [NOTEBOOK ...]

With ``--in-place`` the outputs are kept in the files, as they are committed.
"""

import argparse
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parent.parent / "examples"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--in-place", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["TENFOLD_PROGRESS"] = "0"
    for path in options.notebooks or sorted(EXAMPLES.glob("*.ipynb")):
        print(f"tenfold: running {path.name}", flush=True)
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(notebook, timeout=900, kernel_name="python3", record_timing=False)
        client.execute(cwd=str(path.parent))
        if options.in_place:
            nbformat.write(without_noise(notebook), path)


def without_noise(notebook):
    """The notebook without what differs from machine to machine: logs, warnings, versions."""
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    for cell in notebook.cells:
        cell.metadata = {}
        if "outputs" in cell:
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    return notebook


if __name__ == "__main__":
    sys.exit(main())
