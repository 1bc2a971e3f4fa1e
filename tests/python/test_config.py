"""Settings: names and values are checked, and each thread has its own."""

from __future__ import annotations

import threading

import pytest

import tenfold
from tenfold import _config


def test_context_puts_settings_back() -> None:
    before = tenfold.get_config()
    with tenfold.config_context(progress=False, backend="local"):
        assert tenfold.get_config() == {**before, "progress": False, "backend": "local"}
        with tenfold.config_context(progress=True):
            assert tenfold.get_config()["progress"]
        assert not tenfold.get_config()["progress"]
    assert tenfold.get_config() == before


def test_a_copy_is_given_out() -> None:
    tenfold.get_config()["backend"] = "spark"
    assert tenfold.get_config()["backend"] != "spark"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"progress": 1}, "progress must be True or False, got 1"),
        ({"progress": "no"}, "progress must be True or False, got 'no'"),
        ({"backend": "dask"}, "backend must be one of 'auto', 'local', 'spark', got 'dask'"),
        ({"native": None}, "native must be True or False, got None"),
        ({"speed": 11}, "'speed' is not a setting of tenfold; allowed: 'progress', 'backend', 'native'"),
    ],
)  # fmt: skip
def test_bad_settings_change_nothing(settings: dict[str, object], message: str) -> None:
    before = tenfold.get_config()
    with pytest.raises(ValueError, match=message):
        tenfold.set_config(**{"native": True, **settings})
    with pytest.raises(ValueError, match=message), tenfold.config_context(**settings):
        pass
    assert tenfold.get_config() == before


def test_threads_have_their_own() -> None:
    seen: list[bool] = []

    def other() -> None:
        tenfold.set_config(progress=False)
        seen.append(tenfold.get_config()["progress"])

    before = tenfold.get_config()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [False]
    assert tenfold.get_config() == before


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_PROGRESS", "0")
    monkeypatch.setenv("TENFOLD_BACKEND", "local")
    monkeypatch.setenv("TENFOLD_NATIVE", "no")
    monkeypatch.setenv("TENFOLD_JOURNAL", "/somewhere/tuning.journal")
    defaults = _config.defaults()
    assert (defaults["progress"], defaults["backend"], defaults["native"]) == (
        False,
        "local",
        False,
    )
    assert defaults["journal"] == "/somewhere/tuning.journal"
    monkeypatch.setenv("TENFOLD_PROGRESS", "maybe")
    with pytest.raises(ValueError, match="TENFOLD_PROGRESS must be 0 or 1, got 'maybe'"):
        _config.defaults()
    monkeypatch.setenv("TENFOLD_PROGRESS", "on")
    monkeypatch.setenv("TENFOLD_BACKEND", "cloud")
    with pytest.raises(ValueError, match="TENFOLD_BACKEND must be one of 'auto', 'local', 'spark'"):
        _config.defaults()
