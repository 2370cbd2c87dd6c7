"""Before anything is graded: try to get out of a real box, in the ways students have. After a success nothing is.

Each probe is a small function that runs inside as a student's would and returns what it managed to do, or "" if it was
stopped. What a probe tries is in grader/box/probes.py.
"""

import os
import shutil
from functools import lru_cache
from pathlib import Path

from grader.box import policy
from grader.box.limits import Limits
from grader.box.outcomes import BoxError, Fault, StudentError
from grader.box.probes import PROBES, REUSE_PROBES
from grader.box.session import Session
from grader.paths import CourseError

INSTALL = "install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)"
FLAG = "--without-box"
WITHOUT_BOX = (
    f"{FLAG} gives up the walls around students' code: it can then read and change whatever you can, the gradebook and "
    "other students' files included, and use the network. Time, memory and output stay limited."
)
"""What the flag says about itself; print it whenever it is used."""


def require(boxed: bool = True, device: str = "cpu", limits: Limits | None = None) -> None:
    """Make sure that students' code can be run on this machine; tries it once per process.

    Args:
        boxed: False if the instructor has passed the flag: then only prlimit has to be there.
        device: "cuda" tries a box with NVIDIA's devices in it.
        limits: to try with.

    Raises:
        CourseError: one sentence: something is not installed, a box can't be had, or an attempt to get out succeeded.
    """
    if device == "cuda":
        require_cuda()
    if not boxed:
        if not shutil.which("prlimit"):
            raise CourseError("Grading needs prlimit to limit time and memory: install util-linux.")
        return
    if missing := policy.missing_tools():
        how = INSTALL if missing == ["bwrap"] else f"{INSTALL}, and util-linux for prlimit and setpriv"
        raise CourseError(
            f"Students' code runs in a box, and {' and '.join(missing)} is not here: {how}, or pass {FLAG}. "
            f"{WITHOUT_BOX}"
        )
    if escapes := findings(device, limits or Limits()):
        raise CourseError(
            f"Nothing was graded, because students' code can get out of the box on this machine: {'; '.join(escapes)}."
        )


def require_cuda() -> None:
    """Raise CourseError unless torch can compute on a GPU here; a box that fails for want of one would not say so."""
    import torch

    if torch.cuda.is_available():
        return
    if torch.version.cuda is None:
        why = f"this torch ({torch.__version__}) has no CUDA: install one that has (pytorch.org/get-started)"
    else:
        why = "torch finds no CUDA device here: see what nvidia-smi says"
    raise CourseError(f"--device cuda: {why}, or grade with --device cpu.")


@lru_cache(maxsize=4)
def findings(device: str, limits: Limits) -> tuple[str, ...]:
    """What got out of a box, one phrase each; empty if all is well. CourseError if there is no box to try."""
    places = _places()
    found = []
    os.environ[CANARY] = "1"
    try:
        reuse = device == "cpu"
        with Session(limits, device, reuse=reuse) as box:
            for name, source in {**PROBES, **(REUSE_PROBES if reuse else {})}.items():
                box.define(name, source)
                escape = box.call("probe", *places.get(name, ())).value
                if escape:
                    found.append(f"{name}: {escape}")
    except BoxError as error:
        raise CourseError(
            f"No box can be had on this machine, so nothing was graded: {error} "
            "Unprivileged user namespaces may be switched off here: see sysctl kernel.unprivileged_userns_clone, "
            f"kernel.apparmor_restrict_unprivileged_userns and user.max_user_namespaces. {FLAG} grades without a box. "
            f"{WITHOUT_BOX}"
        ) from error
    except (Fault, StudentError) as error:
        raise CourseError(f"Nothing was graded, because the trial of the box itself failed: {error}") from error
    finally:
        os.environ.pop(CANARY, None)
    return tuple(found)


CANARY = "GRADING_PREFLIGHT_CANARY"


def _places() -> dict[str, tuple]:
    """What some probes have to know about this machine, to look for it: their arguments."""
    kit = Path(__file__).resolve().parents[2]
    folders = {
        kit,
        kit / "assignments",
        Path.cwd().resolve(),
        Path.home(),
        Path("/root"),
        Path("/home"),
        Path("/etc/passwd"),
    }
    strange = sorted(map(str, folders - {Path("/"), *map(Path, policy.WRITABLE)}))
    return {
        "reading this machine's files": (tuple(strange),),
        "environment variables": (CANARY,),
    }
