"""The right notebook, and beside it an older and an unfinished one.

nbgrader marks all notebooks of the folder, and the gradebook doesn't know the others.
"""

# %% tamper
import json

(folder / "hw_sampler (1).ipynb").write_text(json.dumps(notebook)[:5000])
(folder / "Untitled.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
(folder / ".ipynb_checkpoints").mkdir()
(folder / ".ipynb_checkpoints" / "hw_sampler-checkpoint.ipynb").write_text("{}")
