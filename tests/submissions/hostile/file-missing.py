"""No notebook, only a PDF of it.

nbgrader says that no notebook was matched, and goes no further.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
notebook = None
(folder / "hw_sampler.pdf").write_bytes(b"%PDF-1.4\n")
