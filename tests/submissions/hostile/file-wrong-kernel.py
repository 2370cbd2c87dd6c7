"""A right notebook that asks for a kernel of another language, which isn't installed.

nbgrader starts the kernel that the notebook names, unless it is told otherwise.
"""

# %% tamper
notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
notebook.metadata.language_info = {"name": "R", "file_extension": ".r", "mimetype": "text/x-r-source"}
