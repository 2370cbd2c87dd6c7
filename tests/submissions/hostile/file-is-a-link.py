"""A symbolic link to /etc/passwd bears the notebook's name.

nbgrader copies what the link leads to into its folders, and shows what it could read.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
(folder / "hw_sampler.ipynb").symlink_to("/etc/passwd")
