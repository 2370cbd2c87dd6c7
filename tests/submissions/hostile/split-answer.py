"""The cell of Sampler was split in the middle, as Jupyter's menu does it, so that both halves have its grade_id.

A right answer; with nbgrader a grade_id that is there twice stops the marking, of this notebook at least.
"""


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if prob_mode not in ("temperature", "topk"):
            raise ValueError(f"prob_mode={prob_mode!r}")
        if sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"sample_mode={sample_mode!r}")
        if not 0 < temp < math.inf:
            raise ValueError(f"temp={temp}")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k={k}")
        if sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"p={p}")
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p

    def sample(self, logits):
        return _sample(self, logits)


def _sample(self, logits):
    if logits.dim() != 2 or not logits.float().amax(dim=-1).isfinite().all():
        raise ValueError("logits")
    logits = logits.float()
    if self.sample_mode == "greedy":
        return logits.argmax(dim=-1), logits.new_zeros(len(logits))
    if self.prob_mode == "topk":
        probs = top_k_probs(logits / self.temp, self.k)
    else:
        probs = temperature_probs(logits, self.temp)
    if self.sample_mode == "nucleus":
        probs = nucleus_probs(probs, self.p)
    return draw(probs), entropy(probs)


# %% tamper
import copy

first = cell("Sampler")
second = copy.deepcopy(first)
second.id = "second-half"
head, _, tail = first.source.partition("\n\ndef _sample")
first.source, second.source = head, "def _sample" + tail
notebook.cells.insert(notebook.cells.index(first) + 1, second)
