"""The only notebook in the folder has another name, with a copy's number and a space.

nbgrader finds no notebook of the assignment.
"""

# %% tamper
import json

(folder / "hw_sampler-Copy1 (2).ipynb").write_text(json.dumps(notebook), encoding="utf-8")
notebook = None
