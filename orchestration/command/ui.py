"""Become Dagster's own program on this home; one at a time, on a port that is free."""

import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from orchestration.home.files import FILE_MODE
from orchestration.home.settings import Settings
from orchestration.jobs.dagster_home import prepare_dagster_home

HOST = "127.0.0.1"
LOCK_NAME = ".ui.lock"


class CannotOpenError(Exception):
    """Dagster cannot be opened here; the message says what to do instead."""


def open_ui(settings: Settings, port: int) -> NoReturn:
    """Replace this process by Dagster's web server and scheduler for one home.

    Raises:
        CannotOpenError: another UI works on the home, or the port is taken.
    """
    refuse_a_taken_port(port)
    hold_the_ui(settings)
    prepare_dagster_home(settings)
    sys.stderr.write(
        f"Open http://{HOST}:{port} once it says that it is served; Ctrl-C ends it.\n"
    )
    program = str(Path(sys.executable).parent / "dagster")
    arguments = ["dev", "-h", HOST, "-p", str(port), "-m", "orchestration.definitions"]
    # It warns that Dagster's command is to get another name: no news to who looks at a night.
    python = [sys.executable, "-W", "ignore", program]
    os.execv(sys.executable, [*python, *arguments])  # noqa: S606


def refuse_a_taken_port(port: int) -> None:
    """Find out now what Dagster would say in a screenful.

    Raises:
        CannotOpenError: somebody listens on the port.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotOpenError(
                f"Port {port} of {HOST} cannot be used ({error.strerror}). Give another "
                f"one: nightpost ui --port {port + 1}."
            ) from None


def hold_the_ui(settings: Settings) -> None:
    """Take the lock of the UI of one home; it is let go when the process ends.

    Two of them would run every schedule twice and write over each other's storage.

    Raises:
        CannotOpenError: another process has it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(settings.home / LOCK_NAME, flags, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise CannotOpenError(
            f"Dagster is already open on {settings.home}. Use that window, or end it "
            "before you open another one."
        ) from None
    # the program that takes this process's place must keep it
    os.set_inheritable(descriptor, True)
