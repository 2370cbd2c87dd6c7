"""Logits are looked at only where they are drawn from; arg max takes all rows."""

LOSES = {"Sampler": "sampler-errors-greedy"}
ONLY_HIDDEN = True


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if prob_mode not in ("temperature", "topk"):
            raise ValueError(f"prob_mode={prob_mode}")
        if sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"sample_mode={sample_mode}")
        if not (temp > 0 and math.isfinite(temp)):
            raise ValueError(f"temp={temp}")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k={k}")
        if sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"p={p}")
        self.prob_mode = prob_mode
        self.sample_mode = sample_mode
        self.temp = temp
        self.k = k
        self.p = p

    def sample(self, logits):
        if self.sample_mode == "greedy":
            return logits.argmax(dim=-1), torch.zeros(len(logits), device=logits.device)
        if logits.dim() != 2:
            raise ValueError(f"logits: {logits.dim()}")
        if not logits.float().amax(dim=-1).isfinite().all():
            raise ValueError(f"logits: {logits}")
        if self.prob_mode == "topk":
            probs = top_k_probs(logits.float() / self.temp, self.k)
        else:
            probs = temperature_probs(logits, self.temp)
        if self.sample_mode == "nucleus":
            probs = nucleus_probs(probs, self.p)
        return draw(probs), entropy(probs)
