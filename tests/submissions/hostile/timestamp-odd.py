"""A right notebook with a timestamp.txt of nonsense: a date long after the world's end, megabytes of digits.

nbgrader reads the time of submission from a file in the student's folder, and stops where it makes no sense.
"""

# %% tamper
(folder / "timestamp.txt").write_text("99999-13-45 25:61:61 <b>UTC</b>" + "9" * 3_000_000)
