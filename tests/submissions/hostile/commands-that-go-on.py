"""Right answers among Jupyter's own lines that are longer than a line or stand behind something: an honest notebook.

Only IPython can read such cells.
"""

# %% tamper
cell("entropy").source = "!pip install numpy \\\n    scipy\n\n" + cell("entropy").source
cell("draw").source = "files: list = !ls\nif files: here = %pwd\n\n" + cell("draw").source
