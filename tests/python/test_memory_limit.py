"""What a container may have counts, whichever version of control groups says it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import tenfold
from tenfold import _config, _memory_limit

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
MB = 1 << 20


class Groups:
    """A tree of control groups in a folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "cgroup"
        self.folder.mkdir()
        self.process = folder / "process"
        monkeypatch.setattr(_memory_limit, "_GROUPS", self.folder)
        monkeypatch.setattr(_memory_limit, "_PROCESS", self.process)

    def write(self, path: str, value: object) -> None:
        """Put a value into a file of a group."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{value}\n")


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Groups:
    return Groups(tmp_path, monkeypatch)


def test_no_groups(groups: Groups) -> None:
    assert _memory_limit.total() == MACHINE
    assert 0 < _memory_limit.available() <= MACHINE
    assert _config.memory_budget() == MACHINE // 4


def test_version_2_in_a_container(groups: Groups) -> None:
    groups.process.write_text("0::/\n")
    groups.write("memory.max", 400 * MB)
    groups.write("memory.current", 300 * MB)
    groups.write("memory.stat", f"anon {200 * MB}\ninactive_file {90 * MB}")
    assert _memory_limit.total() == 400 * MB
    assert _memory_limit.available() == 190 * MB
    assert _config.memory_budget() == 100 * MB
    with tenfold.config_context(memory_budget=7):
        assert _config.memory_budget() == 7


def test_version_2_below_a_limit(groups: Groups) -> None:
    """Where the host's tree is seen, the least limit from the own group upwards."""
    groups.process.write_text("0::/user/session\n")
    groups.write("user/session/memory.max", "max")
    groups.write("user/session/memory.current", MB)
    groups.write("user/memory.max", 500 * MB)
    groups.write("user/memory.current", 450 * MB)
    groups.write("memory.max", 600 * MB)
    assert _memory_limit.total() == 500 * MB
    assert _memory_limit.available() == 50 * MB


def test_version_1(groups: Groups) -> None:
    groups.process.write_text("5:cpu:/\n4:memory:/docker/abc\n0::/\n")
    groups.write("memory/docker/abc/memory.limit_in_bytes", 200 * MB)
    groups.write("memory/docker/abc/memory.usage_in_bytes", 150 * MB)
    groups.write("memory/docker/abc/memory.stat", f"inactive_file 1\ntotal_inactive_file {10 * MB}")
    groups.write("memory/memory.limit_in_bytes", 2**63 - 4096)
    assert _memory_limit.total() == 200 * MB
    assert _memory_limit.available() == 60 * MB


def test_version_1_in_a_container_that_sees_its_own_group_as_the_uppermost(groups: Groups) -> None:
    groups.process.write_text("4:memory:/docker/abc\n")
    groups.write("memory/memory.limit_in_bytes", 200 * MB)
    groups.write("memory/memory.usage_in_bytes", 250 * MB)
    assert _memory_limit.total() == 200 * MB
    assert _memory_limit.available() == 0


def test_what_cannot_be_read_limits_nothing(groups: Groups) -> None:
    groups.process.write_text("no colon\n")
    groups.write("memory.max", "nonsense")
    assert _memory_limit.total() == MACHINE


def test_executors_need_the_standard_library_alone() -> None:
    """They are sent the module by value, and may have no tenfold."""
    source = Path(_memory_limit.__file__).read_text()
    assert "tenfold" not in source
    assert "numpy" not in source
