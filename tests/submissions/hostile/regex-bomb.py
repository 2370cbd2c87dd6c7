"""A line of one name and 90,000 spaces in a cell that isn't Python, and fences of back quotes in a text cell.

A careless regular expression takes time that grows with the square of the length, in the grader's own process.
"""

SCORES = {"draw": 0, "top_k_probs": 0, "entropy": 0}
FAULT = (None, "invalid-notebook")

# %% tamper
cell("draw").source = "def draw(probs):\n    return (\na" + " " * 90_000 + "b"
cell("entropy").source = "x" + ", x" * 30_000 + "\n" + "?" * 5000
cell("top_k_probs").cell_type = "markdown"
cell("top_k_probs").source = "```python\n" + "```\n \t\n" * 200_000 + "x"
