"""A notebook of 100 MB: right answers, and then nothing but zeros.

Reading it takes a gigabyte, and nbgrader reads it three times.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
import json
import os

path = folder / "hw_sampler.ipynb"
path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
os.truncate(path, 100 * 2**20)  # a hole, which takes no room on the disk
