"""One answer is left as released. Only that task is lost."""

# %% draw
# not answered
