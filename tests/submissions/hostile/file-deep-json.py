"""100,000 brackets within one another.

A parser that calls itself for each of them has no stack left.
"""

SCORES = {"*": 0}
FAULT = "invalid-notebook"

# %% tamper
raw = '{"cells": ' + "[" * 100_000 + "]" * 100_000 + ', "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'
