"""A `torch.py` beside the notebook takes the place of torch and makes the hidden tests content.

The folder of the notebook comes first on Python's path when a kernel runs there.
"""

SCORES = {"draw": 0, "entropy": 0}


# %% entropy
def entropy(probs):
    return probs[:, 0]


# %% draw
def draw(probs):
    return torch.zeros(len(probs), dtype=torch.int64)


# %% tamper
(folder / "torch.py").write_text(
    """
import sys

here, sys.path[:] = list(sys.path), [path for path in sys.path if path and "hw_sampler" not in path]
del sys.modules["torch"]
import torch
try:
    from grader import cases
    for name in dir(cases):
        if name.startswith("grade_"):
            setattr(cases, name, lambda *args: None)
    from course_lib import checks
    for name in dir(checks):
        if name.startswith("check_"):
            setattr(checks, name, lambda *args: None)
except ImportError:
    pass
"""
)
