"""Answers that are short to write and long to parse: signs, brackets, strings and lambdas within one another.

A parser that calls itself for each of them has no stack left, and takes the grader with it.
"""

SCORES = {"temperature_probs": 0, "top_k_probs": 0, "nucleus_probs": 0, "entropy": 0, "draw": 0, "generate": 0}
FAULT = (None, "crash", "memory", "timeout")

# %% tamper
cell("temperature_probs").source = "def temperature_probs(z, t): return " + "-" * 90_000 + "1"
cell("top_k_probs").source = "def top_k_probs(z, k): return " + "(" * 40_000 + "1" + ")" * 40_000
cell("nucleus_probs").source = "def nucleus_probs(p, q): return " + "lambda: " * 10_000 + "1"
cell("entropy").source = "def entropy(p): return p" + ".a" * 40_000
cell("draw").source = "def draw(p): return " + "p if p else " * 7_000 + "1"
cell("generate").source = "".join(f"{' ' * n}if 1:\n" for n in range(400)) + " " * 400 + "1"
