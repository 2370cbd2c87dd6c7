"""A right notebook of a student whose folder's name has 249 letters.

A file that is named after the student can't be made, and one error while writing it ends the run of all.
"""

STUDENT = (
    "long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-"
    "long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-"
    "long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-"
    "long-name"
)
SCORES = {"*": (0, 3)}
FAULT = (None, "infrastructure")
