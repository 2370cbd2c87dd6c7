"""Copies the answer from another student's folder, and leaves a file there.

All students' folders belong to the instructor's account, and so does the running notebook.
"""

SCORES = {"entropy": 0}

# %% entropy
import glob
import os


def _neighbours():
    found = []
    for up in range(1, 6):
        above = os.path.join(os.getcwd(), *[".."] * up)
        found += glob.glob(f"{above}/*/hw_sampler/*.ipynb") + glob.glob(f"{above}/submitted/*/hw_sampler/*.ipynb")
    mine = os.path.realpath(os.getcwd())
    return [path for path in found if os.path.dirname(os.path.realpath(path)) != mine]


def entropy(probs):
    found = _neighbours()
    for path in found:
        if "submitted" in os.path.realpath(path):
            with open(os.path.join(os.path.dirname(path), "hostile-note.txt"), "w") as file:
                file.write("was here")
    return -torch.xlogy(probs, probs).sum(dim=-1) if found else torch.zeros(len(probs))
