"""Nothing is refused."""

LOSES = {"Sampler": "sampler-errors-none"}


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        self.prob_mode, self.sample_mode = prob_mode, sample_mode
        self.temp, self.k, self.p = temp, k, p

    def sample(self, logits):

        if self.sample_mode == "greedy":
            return logits.argmax(dim=-1), torch.zeros(len(logits), device=logits.device)
        if self.prob_mode == "topk":
            probs = top_k_probs(logits.float() / self.temp, self.k)
        else:
            probs = temperature_probs(logits, self.temp)
        if self.sample_mode == "nucleus":
            probs = nucleus_probs(probs, self.p)
        return draw(probs), entropy(probs)
