"""A symbolic link to the instructor's own notebook bears the notebook's name.

Whoever follows it gives full points, and shows the student the solutions in the feedback.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
(folder / "hw_sampler.ipynb").symlink_to("../../../source/hw_sampler/hw_sampler.ipynb")
