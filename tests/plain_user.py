"""Run something as a user without rights, wherever Python and the kit are: for tests that root starts.

Nothing changes for anyone else: in a mount namespace of its own, a folder that only its owner may enter is covered by
an empty one in which the needed folders stand at their old places.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

UID = "65534"
SCRIPT = """\
set -e
covered="$1"; shift
mount -t tmpfs -o mode=755 tmpfs /mnt
n=0
for folder in $NEEDED; do n=$((n + 1)); mkdir /mnt/$n; mount --bind "$folder" /mnt/$n; done
for folder in $covered; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
n=0
for folder in $NEEDED; do n=$((n + 1)); mkdir -p "$folder"; mount --bind /mnt/$n "$folder"; done
umount -R /mnt
cd "$KIT"
exec setpriv --reuid %(uid)s --regid %(uid)s --clear-groups --inh-caps=-all --bounding-set=-all -- "$@"
""" % {"uid": UID}  # noqa: UP031 (the script is full of braces and dollars)


def why_not() -> str | None:
    """The reason for which nothing can be run as a plain user here, or None."""
    if os.geteuid() != 0:
        return "only root can become another user; all other tests run as a plain user here already"
    if missing := [tool for tool in ("unshare", "setpriv", "mount") if not shutil.which(tool)]:
        return f"{', '.join(missing)} is not installed"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        return "this root may not make a mount namespace"
    return None


def run_as_plain_user(arguments: list[str], home: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run this Python with arguments in the kit's folder, as nobody.

    Args:
        arguments: of Python, such as ["-m", "pytest", ...].
        home: a folder that the user may write in; it becomes the user's.
        timeout: seconds.
    """
    kit = Path(__file__).resolve().parent.parent
    needed = list(dict.fromkeys(os.path.realpath(folder) for folder in (sys.base_prefix, sys.prefix, kit)))
    needed = [one for one in needed if not any(one.startswith(f"{other}/") for other in needed)]
    covered = sorted({closed for folder in needed if (closed := _closed_above(Path(folder)))})
    needed = [one for one in needed if any(one.startswith(f"{folder}/") for folder in covered)]
    os.chown(home, int(UID), int(UID))
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "NEEDED": " ".join(needed), "KIT": str(kit),
        "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8",
    }  # fmt: skip
    return subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh", " ".join(covered), sys.executable]
        + arguments,
        env=environment, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


def _closed_above(folder: Path) -> str | None:
    """The first folder on the way that others may not enter."""
    for parent in [*reversed(folder.parents), folder]:
        if not parent.stat().st_mode & 0o001:
            return str(parent)
    return None
