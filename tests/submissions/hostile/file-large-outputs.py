"""A right notebook of 17 MB, all of it outputs: below the usual limits, a burden where outputs are copied.

nbgrader carries the outputs along until the cells are run.
"""

# %% tamper
from nbformat.v4 import new_output

code = [one for one in notebook.cells if one.cell_type == "code"]
for one in code:
    one.outputs = [new_output("stream", name="stdout", text="x" * (17 * 2**20 // len(code)))]
