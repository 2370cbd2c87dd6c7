"""Right answers in which names are written in wide letters, with odd spaces, form feeds and tabs.

Python takes `ｄｒａｗ` for `draw`; a search for the word doesn't.
"""

# %% tamper
cell("draw").source = "def ｄｒａｗ(probs):\n\x0c    return torch.multinomial(probs, 1)\\\n    .squeeze(-1)"
cell("entropy").source = "def entropy(probs):\n\tℯ = 0\n\treturn -torch.xlogy(probs, probs).sum(dim=-1)\t\x0c\n\n\n"
