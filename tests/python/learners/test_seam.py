"""What holds for every learner: the seam through which cells are translated, planned and answered."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import typing
from pathlib import Path

import tenfold
from tenfold import _learners

PACKAGE = Path(tenfold.__file__).parent
# What a reader may name of trees without naming a learner.
NAMES = re.compile(r"boosting|ForestSpec|forest_learner|grow_ordered|BoostingSpec", re.IGNORECASE)


def test_specs_travel_without_scikit_learn() -> None:
    code = (
        "import sys; import tenfold._learners.specs;"
        "assert not any(name.partition('.')[0] == 'sklearn' for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_outside_of_the_learners_names_one() -> None:
    for folder in ("_translate", "_data", "_answer", "_run", "_plan", "_gather", "spark/_search"):
        for file in (PACKAGE / folder).glob("*.py"):
            assert not NAMES.findall(file.read_text()), file


def test_nothing_of_the_engine_below_the_learners_names_one() -> None:
    source = Path(__file__).parents[3]
    folders = [source / "src" / name for name in ("plan", "exec", "metrics", "data", "parallel")]
    files = [file for folder in folders for file in folder.glob("*.[ch]pp")]
    files += [
        *(source / "include" / "tenfold").glob("*.hpp"),
        *(source / "src" / "python").glob("*.*pp"),
    ]
    assert len(files) > 30
    for file in files:
        assert not NAMES.findall(file.read_text()), file


def test_every_learner_says_all_that_is_asked() -> None:
    asked = re.findall(r"^- ``(\w+)", _learners.__doc__ or "", re.MULTILINE)
    assert "table_of" in asked
    for learner in map(_learners._module, _learners._FILES):
        for name in asked:
            assert hasattr(learner, name) or name in ("within_search", "answer_calls", "RULE"), (
                f"{learner.__name__} has no {name}"
            )


def test_candidates_are_asked_alike() -> None:
    of_learners = [
        typing.get_type_hints(learner.candidate_of)["return"]
        for learner in map(_learners._module, _learners._FILES)
    ]
    for method in ("source", "row_weights", "check_rows", "spec"):
        asked = {tuple(inspect.signature(getattr(one, method)).parameters) for one in of_learners}
        assert len(asked) == 1, method
