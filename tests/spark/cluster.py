"""A real Spark standalone cluster on loopback, from the pyspark package.

A master, two workers and a Thrift server, each a process of its own. It ends what it began.
Run by hand: python tests/spark/cluster.py FOLDER  (prints the Thrift server's port)
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.1"
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
THRIFT_SERVER = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
STARTED_WITHIN_SECONDS = 120
# On Linux a daemon ends with the tests, however they end.
WITH_ITS_PARENT = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
# What Nightpost asks of any cluster (the operator's page says why), then what fits here.
SERVER_CONF = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.executor.memory": "1500m",
    "spark.scheduler.mode": "FAIR",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-Duser.timezone=UTC -XX:+UseSerialGC",
}


class ClusterError(Exception):
    """The cluster did not start; the message names the log to read."""


@dataclass
class Cluster:
    """The processes of one cluster, and where to reach its Thrift server."""

    folder: Path
    port: int
    master_url: str
    master_ui: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def workers_alive(self) -> int:
        """Return how many workers the master sees."""
        with urllib.request.urlopen(
            f"http://{LOOPBACK}:{self.master_ui}/json/", timeout=10
        ) as answer:
            state = json.load(answer)
        return sum(worker["state"] == "ALIVE" for worker in state["workers"])

    def kill_worker(self, name: str) -> None:
        """End one worker and its executors at once, as a lost machine would."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()


@contextlib.contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster that keeps everything under ``folder``; end it on the way out.

    Raises:
        ClusterError: Java or pyspark is missing, or a process did not come up.
    """
    home = spark_home()
    folder.mkdir(parents=True, exist_ok=True)
    port, master_port, master_ui = free_port(), free_port(), free_port()
    cluster = Cluster(folder, port, f"spark://{LOOPBACK}:{master_port}", master_ui)
    try:
        start(
            cluster, home, "master", MASTER,
            "--host", LOOPBACK, "--port", str(master_port), "--webui-port", str(master_ui),
        )  # fmt: skip
        wait_for(cluster, "master", lambda: cluster.workers_alive() == 0)
        for name in ("worker-1", "worker-2"):
            start(
                cluster, home, name, WORKER,
                "--host", LOOPBACK, "--cores", "1", "--memory", "2g",
                "--work-dir", str(folder / name), "--webui-port", str(free_port()),
                cluster.master_url,
            )  # fmt: skip
        wait_for(cluster, "worker-2", lambda: cluster.workers_alive() == 2)
        start_thrift_server(cluster, home)
        wait_for(cluster, "thrift-server", lambda: is_listening(port))
        yield cluster
    finally:
        stop(cluster)


def start_thrift_server(cluster: Cluster, home: Path) -> None:
    """Submit the Thrift server, whose driver stays in its own process."""
    metastore = cluster.folder / "metastore"
    conf = SERVER_CONF | {
        "spark.sql.warehouse.dir": str(cluster.folder / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={metastore};create=true"
        ),
        "spark.local.dir": str(cluster.folder / "local"),
    }
    flags = [one for key, value in conf.items() for one in ("--conf", f"{key}={value}")]
    command = [
        str(home / "bin" / "spark-submit"),
        "--class", THRIFT_SERVER, "--master", cluster.master_url, *flags, "spark-internal",
        "--hiveconf", f"hive.server2.thrift.bind.host={LOOPBACK}",
        "--hiveconf", f"hive.server2.thrift.port={cluster.port}",
    ]  # fmt: skip
    launch(cluster, home, "thrift-server", command, memory="3g")


def start(cluster: Cluster, home: Path, name: str, main: str, *arguments: str) -> None:
    """Start one of Spark's daemons."""
    launch(cluster, home, name, [str(home / "bin" / "spark-class"), main, *arguments])


def launch(
    cluster: Cluster, home: Path, name: str, command: list[str], memory: str = "256m"
) -> None:
    """Start ``command`` in a process group of its own, with its log in the folder."""
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_DAEMON_MEMORY": memory,
        "SPARK_LOG_DIR": str(cluster.folder),
    }
    with (cluster.folder / f"{name}.log").open("wb") as log:
        cluster.processes[name] = subprocess.Popen(
            [*WITH_ITS_PARENT, *command],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cluster.folder,
            start_new_session=True,
        )


def wait_for(cluster: Cluster, name: str, is_ready) -> None:
    """Wait until ``is_ready`` tells so.

    Raises:
        ClusterError: the process ended, or took too long.
    """
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    log = cluster.folder / f"{name}.log"
    while time.monotonic() < deadline:
        if cluster.processes[name].poll() is not None:
            raise ClusterError(f"Spark's {name} ended before it was ready. Read {log}.")
        with contextlib.suppress(OSError, ValueError):
            if is_ready():
                return
        time.sleep(0.3)
    raise ClusterError(
        f"Spark's {name} was not ready in {STARTED_WITHIN_SECONDS} s. Read {log}."
    )


def stop(cluster: Cluster) -> None:
    """End every process of the cluster, those that they began included."""
    for process in reversed(cluster.processes.values()):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    for process in cluster.processes.values():
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def spark_home() -> Path:
    """Return the folder of the pyspark package.

    Raises:
        ClusterError: pyspark or Java is missing.
    """
    if shutil.which("java") is None:
        raise ClusterError("Spark needs Java 17 or newer on the PATH; install a JRE.")
    try:
        import pyspark
    except ImportError as error:
        raise ClusterError(
            "The package pyspark is missing; `make test-spark` installs it."
        ) from error
    return Path(pyspark.__file__).parent


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    """Tell whether somebody answers at ``port``."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


if __name__ == "__main__":
    with running_cluster(Path(sys.argv[1])) as by_hand:
        print(by_hand.port, flush=True)
        signal.pause()
