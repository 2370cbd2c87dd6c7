"""How the tests share the machine: files side by side (`make test`), the long ones first, one thread each."""

import os
from pathlib import Path

LONG = (  # in the order of their length on two cores; the rest follow by the alphabet
    "test_hostile.py", "test_kit.py", "test_kit_build.py", "test_jupyterlab.py", "test_formgrader.py", "test_demo.py",
    "test_submissions.py", "test_crash_safety.py", "test_seminar.py", "test_orderings.py", "test_cli.py",
    "test_homework.py", "test_box_bombs.py",
)  # fmt: skip


def pytest_configure(config):
    """Two processes with two threads each on two cores would wait for one another."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no core is idle at the end."""
    rank = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(Path(item.path).name, len(LONG)))
