"""HTML and script in the message of an exception, in its name, in the name of a function and in a file name.

The feedback page says why an answer failed, in the words of the answer.
"""

SCORES = {"entropy": 0, "draw": 0, "top_k_probs": 0, "temperature_probs": 0}
PAYLOAD = "<script>alert(1)</script>"


# %% temperature_probs
def temperature_probs(logits, temp):
    raise AssertionError("</pre><script>alert(1)</script>")


# %% top_k_probs
def top_k_probs(logits, k):
    return type("<script>alert(1)</script>", (), {})()


# %% entropy
def entropy(probs):
    raise ValueError(
        "<script>alert(1)</script>&lt;b&gt;{{ 7*7 }}{% raw %}${7*7}[bold red]rich[/bold red][link=file:///]x[/]"
    )


# %% draw
def draw(probs):
    raise type("<script>alert(1)</script>", (RuntimeError,), {"__module__": "<b>"})("x")
