"""assert instead of ValueError."""

LOSES = {"Sampler": "sampler-errors-class"}


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        assert prob_mode in ("temperature", "topk"), prob_mode
        assert sample_mode in ("greedy", "random", "nucleus"), sample_mode
        assert 0 < temp < float("inf"), temp
        assert prob_mode != "topk" or (k is not None and k >= 1), k
        assert sample_mode != "nucleus" or (p is not None and 0 < p <= 1), p
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p

    def sample(self, logits):
        assert logits.dim() == 2, logits.shape
        assert logits.float().amax(dim=-1).isfinite().all(), logits
        if self.sample_mode == "greedy":
            return logits.argmax(dim=-1), torch.zeros(len(logits), device=logits.device)
        if self.prob_mode == "topk":
            probs = top_k_probs(logits.float() / self.temp, self.k)
        else:
            probs = temperature_probs(logits, self.temp)
        if self.sample_mode == "nucleus":
            probs = nucleus_probs(probs, self.p)
        return draw(probs), entropy(probs)
