"""A right notebook of a student whose folder's name is a pattern that fits everybody, and a format.

nbgrader takes the folder's name for a pattern and finds others' notebooks, or none.
"""

STUDENT = "[a-z]{student_id}%s"
SCORES = {"*": (0, 3)}
FAULT = (None, "infrastructure")
