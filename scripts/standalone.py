"""A standalone Spark cluster on this machine: a master and workers as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pyspark

SPARK_HOME = Path(pyspark.__file__).parent
_START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Processes:
    """Processes that are ended with all that they started, at the end of a ``with`` block if used so."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        log = (self.directory / f"{name}.log").open("wb")
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={
                **os.environ,
                "SPARK_LOCAL_IP": "127.0.0.1",
                "SPARK_HOME": str(SPARK_HOME),
                "SPARK_NO_DAEMONIZE": "1",
                "SPARK_LOG_DIR": str(self.directory),
                **environment,
            },
        )
        self._running.append((name, process))
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def pid(self, name: str) -> int:
        return next(process.pid for own, process in reversed(self._running) if own == name)

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def stop(self) -> None:
        for _, process in reversed(self._running):
            process.terminate()
        for _, process in self._running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


class Cluster(Processes):
    """A master with some workers, of one core each if nothing else is said.

    Attributes
    ----------
    url : str
        What a session gives as its master.
    """

    def __init__(
        self, directory: Path, n_workers: int = 2, memory: str = "1g", n_cores: int = 1
    ) -> None:
        super().__init__(directory)
        port, self._web_port = free_port(), free_port()
        self.url = f"spark://127.0.0.1:{port}"
        launcher = str(SPARK_HOME / "bin" / "spark-class")
        self.start(
            "master", launcher, "org.apache.spark.deploy.master.Master",
            "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(self._web_port),
        )  # fmt: skip
        for number in range(n_workers):
            local = directory / f"local-{number}"
            local.mkdir(mode=0o700)
            self.start(
                f"worker-{number}", launcher, "org.apache.spark.deploy.worker.Worker",
                "--host", "127.0.0.1", "--cores", str(n_cores), "--memory", memory,
                "--webui-port", str(free_port()), "-d", str(directory / f"work-{number}"), self.url,
                SPARK_LOCAL_DIRS=str(local),
            )  # fmt: skip
        try:
            self._wait_for_workers(n_workers)
        except BaseException:
            self.stop()
            raise

    def state(self) -> dict[str, Any]:
        """What the master says of its workers and applications."""
        address = f"http://127.0.0.1:{self._web_port}/json/"
        with urllib.request.urlopen(address, timeout=5) as page:
            state: dict[str, Any] = json.load(page)
        return state

    def _wait_for_workers(self, n_workers: int) -> None:
        give_up = time.monotonic() + _START_SECONDS
        found = 0
        while time.monotonic() < give_up:
            with suppress(OSError, ValueError):
                found = int(self.state()["aliveworkers"])
            if found >= n_workers:
                return
            time.sleep(0.2)
        raise TimeoutError(f"{found} of {n_workers} workers came up:\n{self.log('master')}")


def start_connect_server(processes: Processes, master: str, **settings: str) -> str:
    """Start Spark's Connect server on a cluster; returns the address for a session."""
    port = free_port()
    settings = {
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        **settings,
    }
    options = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    server = processes.start(
        "connect", str(SPARK_HOME / "bin" / "spark-submit"), "--master", master,
        "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", *options, "spark-internal",
    )  # fmt: skip
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return f"sc://127.0.0.1:{port}"
        time.sleep(0.2)
    raise TimeoutError(f"the Connect server did not come up:\n{processes.log('connect')}")


def executors(app_id: str) -> list[int]:
    """Process numbers of an application's executors."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if b"--app-id" in words and words[words.index(b"--app-id") + 1] == app_id.encode():
                    is_java = any(b"CoarseGrainedExecutorBackend" in word for word in words)
                    if is_java and words[0].endswith(b"java"):
                        found.append(int(entry.name))
    return found


def descendants(process: int) -> list[int]:
    """Process numbers of all that a process has started, the youngest last."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [process]
    while waiting:
        own = children.get(waiting.pop(0), [])
        found += own
        waiting += own
    return found


def bare_python(directory: Path) -> str:
    """A Python with all packages of this one but tenfold, which is installed here by a ``.pth`` file."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    own = next(directory.glob("lib/python*/site-packages"))
    packages = [path for path in sys.path if path.endswith("site-packages")]
    (own / "others.pth").write_text("\n".join(packages) + "\n")
    return str(directory / "bin" / "python")
