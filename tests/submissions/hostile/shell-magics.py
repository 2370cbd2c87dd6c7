"""Uses Jupyter's own lines: a shell command whose output says whether the tests are in sight, `%system`, `%%bash`.

IPython runs them with the instructor's rights. The answers are right only if they are run.
"""

SCORES = {"draw": 0, "entropy": 0, "temperature_probs": 0}

# %% tamper
cell("temperature_probs").source = """!touch /tmp/hostile-shell
_seen = !echo seen

def temperature_probs(logits, temp):
    return torch.softmax(logits.float() / temp, dim=-1) if _seen else logits"""

cell("entropy").source = """%system touch /tmp/hostile-system
_seen = get_ipython().getoutput("echo seen")

def entropy(probs):
    return -torch.xlogy(probs, probs).sum(dim=-1)"""

cell("draw").source = """%%bash
touch /tmp/hostile-bash
"""
