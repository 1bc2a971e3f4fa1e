"""The built reference has every public name, and says of each what its docstring says."""

import importlib
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

SITE = Path(__file__).resolve().parents[2] / "site"
PACKAGES = ["tenfold", "tenfold.sharing", "tenfold.spark", "tenfold.testing", "spark_sklearn"]


@pytest.fixture(scope="module")
def inventory():
    """Names of the built pages, by role: what other projects' documentation would link to."""
    with (SITE / "objects.inv").open("rb") as file:
        return InventoryFile.load(file, "", lambda base, path: base + path)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference(package, inventory):
    names = importlib.import_module(package).__all__
    documented = {
        **inventory["py:class"],
        **inventory["py:exception"],
        **inventory["py:function"],
    }
    missing = [name for name in names if f"{package}.{name}" not in documented]
    assert not missing
    for name in names:
        page = documented[f"{package}.{name}"].uri.partition("#")[0]
        assert (SITE / page).is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_else_of_a_package_is_in_the_reference(package, inventory):
    module = importlib.import_module(package)
    documented = {
        **inventory["py:class"],
        **inventory["py:exception"],
        **inventory["py:function"],
    }
    of_package = {
        name.rpartition(".")[2] for name in documented if name.rpartition(".")[0] == package
    }
    assert of_package == set(module.__all__)


@pytest.mark.parametrize(
    "name", ["GridSearchCV.explain", "GridSearchCV.plan_", "GridSearchCV.predict"]
)
def test_searches_show_their_own_and_scikit_learns_members(name, inventory):
    known = {**inventory["py:method"], **inventory["py:property"]}
    assert f"tenfold.{name}" in known
