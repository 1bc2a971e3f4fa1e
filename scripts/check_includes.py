"""Check that C++ files include only what stands below them, folder by folder."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Per folder, the folders of src/ that it may use beside itself; the public headers anybody may.
MAY_USE = {
    "data": set(),
    "kernels": {"metrics"},  # NumPy's sums
    "metrics": set(),
    "parallel": set(),
    "plan": set(),
    "exec": {"data", "parallel", "plan"},
    "trees": {"data"},
    "learners": {"data", "metrics", "parallel", "plan", "trees"},
    # Data and trees, for those of one tree.
    "python": {"data", "kernels", "trees"},
}
# Learners that build on another: forests grown in scikit-learn's order of samples draw as forests do.
MAY_USE_LEARNERS = {"ordered_forest": {"forest"}}
# Public headers of one learner: for that learner, its bindings and the list.
OF_LEARNERS = "tenfold/learners/"
MAY_NAME_LEARNERS = {"learners", "python"}
ANYWHERE = {"clones.hpp", "invariant.hpp", "log1p_exp.hpp"}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def is_of_another(name: str, learner: str) -> bool:
    """Whether an include is of a learner that this one does not build on."""
    of = name.removeprefix("tenfold/").split("/")
    return of[0] == "learners" and Path(of[1]).stem not in {
        learner,
        *MAY_USE_LEARNERS.get(learner, ()),
    }


def findings(file: Path) -> list[str]:
    """What a file includes against the rules."""
    path = file.relative_to(ROOT)
    folder = path.parts[1] if len(path.parts) > 2 else ""
    found = []
    for name in INCLUDE.findall(file.read_text(encoding="utf-8")):
        used = name.split("/")[0]
        if name in ANYWHERE:
            continue
        if name.startswith("tenfold/"):
            if name.startswith(OF_LEARNERS) and folder not in MAY_NAME_LEARNERS:
                found.append(f"{path}: {name} is of one learner")
            elif (
                folder == "learners" and len(path.parts) > 3 and is_of_another(name, path.parts[2])
            ):
                found.append(f"{path}: {name} is of another learner")
        elif used != folder and used not in MAY_USE.get(folder, set()):
            found.append(f"{path}: {name} is not below src/{folder}")
        elif (
            folder == used == "learners"
            and len(path.parts) > 3
            and is_of_another(name, path.parts[2])
        ):
            found.append(f"{path}: {name} is of another learner")
    return found


def public_findings(file: Path) -> list[str]:
    """Public headers use public headers alone, and those of no learner name one."""
    path = file.relative_to(ROOT)
    return [
        f"{path}: {name} is not for a public header"
        for name in INCLUDE.findall(file.read_text(encoding="utf-8"))
        if not name.startswith("tenfold/")
        or (name.startswith(OF_LEARNERS) and "learners" not in path.parts)
        or ("learners" in path.parts and is_of_another(name, path.stem))
    ]


def main() -> int:
    sources = sorted((ROOT / "src").rglob("*.[ch]pp"))
    found = [one for file in sources for one in findings(file)]
    folders = {file.relative_to(ROOT).parts[1] for file in sources if file.parent != ROOT / "src"}
    found += [f"src/{folder} is not in MAY_USE" for folder in sorted(folders - MAY_USE.keys())]
    found += [
        one for file in sorted((ROOT / "include").rglob("*.hpp")) for one in public_findings(file)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
