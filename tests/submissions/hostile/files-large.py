"""A right notebook with a data set of 400 MB and 2,000 small files beside it.

nbgrader copies the folder for every marking. (The large file is a hole and takes no room until it is copied.)
"""

# %% tamper
with open(folder / "data.bin", "wb") as file:
    file.truncate(400 * 2**20)
(folder / "data").mkdir()
for number in range(2000):
    (folder / "data" / f"{number}.txt").write_text("x")
