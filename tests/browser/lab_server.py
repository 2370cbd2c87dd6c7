"""JupyterLab as `make lab` starts it, in a copy of what it serves, with settings of its own and no one to talk to."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import nbformat
import pytest

from grader.demo import fresh_course
from grader.paths import ASSIGNMENT, assignments_dir, repo_root

SEMINAR = "notebooks/seminar_04_text_generation.ipynb"
HOMEWORK = f"assignments/release/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
TOKEN = "a-token-of-the-tests"
START_SECONDS = 300

# Imported by every Python that the server starts, itself and the kernels included.
RECORDER = """
import os
import sys

OWN = ("127.", "localhost", "::1", "0.0.0.0")


def record(event, args):
    host = None
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    if host and not str(host).startswith(OWN):
        with open(os.environ["HOSTS_ASKED"], "a") as file:
            file.write(f"{host}\\n")


sys.addaudithook(record)
"""


@dataclass(frozen=True)
class Lab:
    """A server that runs.

    Attributes:
        root: the folder it serves, a copy.
        url: its address, without a slash at the end.
        opens: the address that a browser is sent to when the server has started.
        home: the folder of its settings, its log and the record of the hosts it asked for.
    """

    root: Path
    url: str
    opens: str
    home: Path

    def hosts_asked(self) -> list[str]:
        """Hosts outside this machine that the server or a kernel has tried to reach."""
        return hosts_asked(self.home)

    def end_kernels(self) -> None:
        """End every kernel, and with it what only lives as long: widgets."""
        for session in self._ask("GET", "sessions"):
            self._ask("DELETE", f"sessions/{session['id']}")

    def _ask(self, method: str, what: str) -> list | None:
        """A request to the server's own interface."""
        request = Request(f"{self.url}/api/{what}", method=method, headers={"Authorization": f"token {TOKEN}"})
        with urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")

    def dark(self) -> None:
        """Pages that are opened from now on are in JupyterLab's dark theme."""
        folder = self.home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "themes.jupyterlab-settings").write_text('{"theme": "JupyterLab Dark"}')


def copy_of_the_kit(root: Path, n_texts: int) -> Path:
    """What `make lab` serves, in a folder of the tests: the seminar with fewer texts, the course with its release."""
    (root / "notebooks").mkdir(parents=True)
    shutil.copyfile(repo_root() / "Makefile", root / "Makefile")
    shutil.copytree(repo_root() / "tools", root / "tools")
    seminar = nbformat.read(repo_root() / SEMINAR, as_version=4)
    [parameters] = [cell for cell in seminar.cells if "parameters" in cell.metadata.get("tags", [])]
    parameters.source += f"\nN_TEXTS = {n_texts}"
    nbformat.write(seminar, root / SEMINAR)
    course = fresh_course(root / "assignments", assignments_dir())
    outcome = course.generate_release(ASSIGNMENT)
    assert outcome.success, outcome.log
    return root


def start(root: Path, home: Path) -> tuple[Lab, subprocess.Popen]:
    """Run `make lab` in a copy of the kit and wait until it serves."""
    ends_with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    make = [*ends_with_us, "make", "-o", f"{sys.prefix}/.installed", f"VENV={sys.prefix}", "lab"]
    options = f"--no-browser --allow-root --ServerApp.ip=127.0.0.1 --ServerApp.port=0 --IdentityProvider.token={TOKEN}"
    variables = environment(home)
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [*make, f"ARGS={options}"], cwd=root, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    try:
        return _served(process, root, home), process
    except BaseException:
        stop(process)
        raise


def environment(home: Path) -> dict[str, str]:
    """The variables of the server: hosts are recorded, nothing of the user's Jupyter and IPython is read or written."""
    (home / "site").mkdir(parents=True, exist_ok=True)
    (home / "site" / "sitecustomize.py").write_text(RECORDER)
    own = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "runtime"}
    return {
        **os.environ,
        **{f"JUPYTER_{name}": str(home / folder) for name, folder in own.items()},
        "JUPYTER_CONFIG_PATH": "",
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(home / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "HOSTS_ASKED": str(home / "hosts"),
        "OMP_NUM_THREADS": "1",
    }


def hosts_asked(home: Path) -> list[str]:
    """What the recorder has written."""
    record = home / "hosts"
    return record.read_text().split() if record.exists() else []


def stop(process: subprocess.Popen) -> None:
    """End the server and its kernels."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, end)
            process.wait(30)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _served(process: subprocess.Popen, root: Path, home: Path) -> Lab:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        abouts = list((home / "runtime").glob("jpserver-*.json"))
        pages = list((home / "runtime").glob("jpserver-file-to-run-*-open.html"))  # what the user's browser is given
        if abouts and pages and (address := re.search(r'1;url=([^"]+)"', pages[0].read_text())):
            return Lab(root, json.loads(abouts[0].read_text())["url"].rstrip("/"), address[1], home)
        time.sleep(0.2)
    pytest.fail(f"make lab did not serve:\n{(home / 'log').read_text()[-3000:]}")
