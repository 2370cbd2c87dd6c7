"""Constants that the compiler computes beforehand, and a number of 90,000 digits.

Compiling isn't running, and yet it may take all memory and time.
"""

SCORES = {"draw": (0, 2), "entropy": 0, "nucleus_probs": 0}
FAULT = (None, "crash", "memory", "timeout", "output")

# %% tamper
cell("draw").source += "\n_x = ((2 ** 127) ** 127) and (1,) * 255 * 255 * 16 and 'x' * 4096 * 4096"
cell("entropy").source = "_n = " + "9" * 90_000 + "\ndef entropy(p): return p"
cell("nucleus_probs").source = "def nucleus_probs(p, q): return f'" + "{p}" * 20_000 + "'"
