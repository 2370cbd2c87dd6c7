"""A named pipe bears the notebook's name: whoever opens it waits until somebody writes.

A folder that was copied from a student's disk may hold anything that a file system has.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
import os

os.mkfifo(folder / "hw_sampler.ipynb")
os.mkfifo(folder / "timestamp.txt")
