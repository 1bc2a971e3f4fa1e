"""A Spark Connect server of the tests' own: its own process, port and token.

``SparkSession.builder.remote("local[2]")`` would be shorter, but always listens on port 15002, so that
two runs on one machine meet; and its server may go before its client, whose calls at exit are then tried
again for ten minutes and more, which looks like a hang. Here the server outlives its client, and goes
with the process that started it, however that ends.
"""

import ctypes
import secrets
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pyspark

SECONDS_TO_START = 120
_PR_SET_PDEATHSIG = 1


@contextmanager
def connect_server(master, settings, folder):
    """The address of a server that runs until the end; its log is ``folder/connect-server.log``.

    A token without TLS is allowed to ``localhost`` alone, by that name.
    """
    port, token = _free_port(), secrets.token_hex(16)
    settings = {
        **settings,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.authenticate.token": token,
    }
    log = Path(folder) / "connect-server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            _command(master, settings),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,
        )
    try:
        _wait(server, port, log)
        yield f"sc://localhost:{port}/;token={token}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _command(master, settings):
    # spark-submit replaces itself by Java, so that the process started is the server.
    command = [f"{Path(pyspark.__file__).parent}/bin/spark-submit", "--master", master]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    return [*command, "--class", server, "spark-internal"]


def _end_with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(server, port, log):
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    text = log.read_text(errors="replace")
    raise RuntimeError(f"no Spark Connect server after {SECONDS_TO_START} s:\n{text[-5000:]}")
