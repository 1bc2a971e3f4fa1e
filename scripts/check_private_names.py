"""Check that private names of other libraries stand where a new release of theirs is met, and nowhere else.

Imports of private modules and names belong in ``_versions.py``, those of compiled code in a file of
``_numerics/``. Private attributes of other people's objects may also be read where the file is about such an
object; which those are, and why, says ``MAY_READ``.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "tenfold"
LIBRARIES = {"joblib", "numpy", "scipy", "sklearn"}
MAY_IMPORT = ("_versions.py", "_numerics/")
MAY_READ = (
    *MAY_IMPORT,
    "_gather/backend.py",  # a backend of joblib's is part of its Parallel
    "_run/processes.py",
    "_run/workers.py",
    "_run/where.py",  # PySpark says by no public name whether a session is alive
    "_sharing/paths/",  # what its estimator keeps, in the versions for which the path was proven
    "spark/",  # PySpark's; what is scikit-learn's there comes from _versions.py
)
# Not private: what named tuples offer.
OF_NAMED_TUPLES = {"_asdict", "_fields", "_make", "_replace"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Private modules and names of the libraries that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            library, *inner = name.split(".")
            if library in LIBRARIES and any(map(is_private, inner)):
                yield node.lineno, name


def own_names(tree: ast.Module) -> set[str]:
    """Private names that a file gives to things of its own: those of other files are not its to read."""
    names = set(OF_NAMED_TUPLES)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node):
            names.add(node.attr)
    return names


def is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "tenfold")


def attributes(tree: ast.Module, own: set[str]) -> Iterator[tuple[int, str]]:
    """Private attributes of other people's objects that a file reads."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and is_private(node.attr)
            and node.attr not in own
            and not is_own(node)
        ):
            yield node.lineno, ast.unparse(node)


def main() -> int:
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        path = file.relative_to(PACKAGE).as_posix()
        shown = file.relative_to(ROOT)
        if not path.startswith(MAY_IMPORT):
            found += [f"{shown}:{line}: imports {name}" for line, name in imports(tree)]
        if not path.startswith(MAY_READ):
            own = own_names(tree)
            found += [f"{shown}:{line}: reads {name}" for line, name in attributes(tree, own)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
