"""How Sphinx builds these pages: `make docs`."""

import zlib
from pathlib import Path
from typing import Any

from sklearn import model_selection

import tenfold
from tenfold._sharing.paths.registry import all_paths

HERE = Path(__file__).resolve().parent
# Names whose docstrings are scikit-learn's.
SCIKIT_LEARNS = {*model_selection.__all__, "HalvingGridSearchCV", "HalvingRandomSearchCV"}

project = "tenfold"
author = "the tenfold authors"
release = version = tenfold.__version__
html_title = f"tenfold {release}"

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
]
exclude_patterns = ["links", "_templates", "generated"]
templates_path = ["_templates"]
nitpicky = True
# Fences without a language are shell commands, output and drawings.
highlight_language = "none"

# Pages are Markdown, headings are link targets as on a forge; the reference is reStructuredText, in
# which docstrings are written.
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["tenfold.css"]
# Pages without siblings need no list of them.
html_sidebars = {name: [] for name in ("getting-started", "contract", "coming-from")}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "tenfold"},
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
}
copyright = "the tenfold authors. Apache-2.0"

# Types are said in the docstrings, where shapes and defaults stand beside them.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
autosummary_generate = True
add_module_names = False
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_validation_checks = {
    "GL01", "GL02", "GL03", "GL05", "GL06", "GL07", "GL08", "GL10",
    "SS01", "SS02", "SS03", "SS04",
    "PR01", "PR02", "PR03", "PR05", "PR10",
    "RT01", "YD01",
}  # fmt: skip
numpydoc_validation_exclude = {
    # Called by joblib; written as settings by name; made by fit; dataclasses, whose fields are attributes.
    r"^tenfold\.TenfoldBackend\.",
    r"^tenfold\.set_config$",
    r"^tenfold\.spark\.KeyedModel$",
    r"^tenfold\.sharing\.Shape\b",
    r"^tenfold\.testing\.Conformance$",
    r"^tenfold\._",
    # Old signatures: what they mean is said of the new names.
    r"^spark_sklearn\.",
    # Not ours to mend.
    *(rf"^tenfold\.{name}\b" for name in tenfold.__all__ if name in SCIKIT_LEARNS),
}


def inventory(name: str) -> tuple[str, str]:
    """What `links/NAME.txt` says of another project's pages, as intersphinx reads it.

    Builds ask nothing of the network. The file's first line is the address of the pages; the others are
    those of a Sphinx inventory: name, role, priority, place, title. With `-n` a name that is referred to
    and stands in no file fails the build.
    """
    address, *lines = (HERE / "links" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    head = f"# Sphinx inventory version 2\n# Project: {name}\n# Version: \n# compressed by zlib\n"
    body = "".join(f"{line}\n" for line in lines if line)
    target = HERE.parent / "build" / "links" / f"{name}.inv"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(head.encode() + zlib.compress(body.encode()))
    return address, str(target)


intersphinx_mapping = {path.stem: inventory(path.stem) for path in (HERE / "links").glob("*.txt")}


def write_table_of_paths() -> None:
    """The table of `sharing.md`, from the registry itself."""
    lines = ["| estimator | parameters | path | why that is sound |", "|---|---|---|---|"]
    for path in all_paths():
        names = ", ".join(f"`{address.rpartition('.')[2]}`" for address in path.estimators)
        parameters = ", ".join(f"`{name}`" for name in path.parameters)
        lines.append(f"| {names} | {parameters} | {path.name} | {path.why} |")
    target = HERE / "generated" / "paths.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


write_table_of_paths()


def name_in_full(
    app: Any, kind: str, name: str, documented: Any, options: Any, lines: list[str]
) -> None:
    """Both packages have a `set_config`, and scikit-learn's docstrings mean their own."""
    if name.startswith("tenfold.") and name.split(".")[1] in SCIKIT_LEARNS:
        lines[:] = [
            line.replace(":func:`set_config`", ":func:`sklearn.set_config`") for line in lines
        ]


def as_text(app: Any, env: Any, node: Any, content: Any) -> Any:
    """What scikit-learn's docstrings refer to and no file of `links/` has: text.

    Another release may refer to other pages; that is no reason for a build to fail.
    """
    page = node.get("refdoc", "").rpartition("/generated/tenfold.")[2]
    return content if page in SCIKIT_LEARNS else None


def setup(app: Any) -> None:
    """Connect what is above."""
    app.connect("autodoc-process-docstring", name_in_full)
    # After intersphinx, which is asked first where it knows the name.
    app.connect("missing-reference", as_text, priority=900)
