"""Names of students' folders that can be worked with, by every way of grading alike."""

import os

from grader.course import PATTERN, is_pattern

LONGEST_NAME = 150
"""Bytes of a student's name: files are named after it, and a file's name may have 255."""


def name_problem(name: str) -> str | None:
    """What is wrong with a student's folder name, in words; None if nothing is."""
    if is_pattern(name):
        return f"means something else to nbgrader because of {PATTERN}"
    if not name.isprintable():
        return "holds signs that cannot be shown"
    if len(os.fsencode(name)) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} bytes"
    return None
