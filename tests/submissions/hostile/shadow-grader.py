"""Packages `grader`, `course_lib`, `numpy` and `nbgrader` of the student's own lie beside the notebook.

The hidden tests import the grader by its name; in the notebook's folder that name is the student's.
"""

SCORES = {"temperature_probs": 0, "draw": 0}


# %% temperature_probs
def temperature_probs(logits, temp):
    return logits


# %% draw
def draw(probs):
    return torch.zeros(len(probs), dtype=torch.int64)


# %% tamper
content = "def __getattr__(name):\n    return lambda *args, **kwargs: None\n"
for name in ("grader", "course_lib", "nbgrader"):
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("")
for path in ("grader/cases.py", "course_lib/checks.py", "nbgrader/utils.py"):
    (folder / path).write_text(content)
