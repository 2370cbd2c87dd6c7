"""One answer is left as released. Only that task is lost."""

LOSES = {"draw": "not-answered"}

# %% draw
# not answered
