"""One environment for every notebook and tool the kit runs: this very Python, whatever else the user has.

A `python3` kernelspec left by another installation is the commonest reason why a notebook runs without our packages, so
the kit writes its own kernelspec of that name into a temporary folder and puts the folder first on Jupyter's path.
nbgrader calls `alembic` by its bare name, so this Python's programs come first on PATH as well.
"""

import atexit
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

KERNEL_NAME = "python3"
_folder: Path | None = None


def use_own_environment() -> Path:
    """Make `python3` mean this Python in the present process and in those that it starts. May be called again.

    The kernel also gets an empty IPython folder, so that nobody's start-up files take part in a mark.

    Returns:
        The folder that was put first on `JUPYTER_PATH`; it is removed when the process ends.
    """
    global _folder
    if _folder is None:
        _folder = Path(tempfile.mkdtemp(prefix="course-kernel-"))
        atexit.register(shutil.rmtree, _folder, ignore_errors=True)
        write_kernelspec(_folder)
    put_first("JUPYTER_PATH", str(_folder))
    put_first("PATH", str(Path(sys.executable).parent))
    return _folder


def write_kernelspec(folder: Path) -> None:
    """Write the kernelspec of this Python under `folder/kernels/`."""
    from ipykernel.kernelspec import get_kernel_dict

    # The kernel listens on this machine only, so its warning about an unencrypted line would be noise.
    spec = get_kernel_dict(["--IPKernelApp.log_level=40"])
    spec["env"] = {"IPYTHONDIR": str(folder / "ipython")}
    home = folder / "kernels" / KERNEL_NAME
    home.mkdir(parents=True)
    (home / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def put_first(variable: str, path: str) -> None:
    """Make `path` the first entry of an environment variable that lists paths."""
    others = [entry for entry in os.environ.get(variable, "").split(os.pathsep) if entry and entry != path]
    os.environ[variable] = os.pathsep.join([path, *others])
