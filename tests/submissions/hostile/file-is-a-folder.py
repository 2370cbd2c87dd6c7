"""A folder bears the notebook's name, and a notebook is in it.

Code that opens what matches a pattern stops with an error.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
import json

(folder / "hw_sampler.ipynb").mkdir()
(folder / "hw_sampler.ipynb" / "hw_sampler.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
