"""A right answer whose cell was turned into Markdown, and another one turned into a raw cell: slips of a key.

nbgrader stops with an error about the changed type, or runs a test for which nothing is defined.
"""

# %% tamper
for name, kind in (("entropy", "markdown"), ("top_k_probs", "raw")):
    changed = cell(name)
    changed.cell_type = kind
    for key in ("outputs", "execution_count"):
        changed.pop(key, None)
