"""Escape sequences, line feeds, NULs, arrows that reverse the text and half emojis in messages and names.

A message goes to a terminal, to a log with one line a student, to JSON, to a database and to a page.
"""

SCORES = {"entropy": 0, "draw": 0, "top_k_probs": 0, "nucleus_probs": 0, "temperature_probs": 0}

# %% temperature_probs
_WEIRD = (
    "\x1b[2J\x1b]0;title\x07\x1b[31m\r\n\x00\x08\x08\x7f\x9b31m\u202e\u2066\u200b\ufeff\ud83d \U0010ffff\u2028"
    "\n15.0 of 15\n" + "\u0300" * 300
)


def temperature_probs(logits, temp):
    raise ValueError(_WEIRD)


# %% top_k_probs
def top_k_probs(logits, k):
    raise AssertionError(_WEIRD)


# %% nucleus_probs
def nucleus_probs(probs, p):
    return _WEIRD


# %% entropy
def entropy(probs):
    return type(_WEIRD.replace("\x00", "").replace("\ud83d", ""), (), {})()


# %% draw
def draw(probs):
    raise type("E\n\x1b[2J" * 1000, (Exception,), {})(*[_WEIRD] * 100)
