"""torch.distributions does what it can."""

# %% temperature_probs
from torch.distributions import Categorical


def temperature_probs(logits, temp):
    return Categorical(logits=logits.double() / temp, validate_args=False).probs.float()


# %% top_k_probs
def top_k_probs(logits, k):
    best = torch.topk(logits.double(), k=min(k, logits.shape[1]), dim=1)
    probs = torch.zeros(logits.shape, dtype=torch.float64, device=logits.device)
    few = torch.distributions.Categorical(logits=best.values, validate_args=False).probs
    return probs.scatter_(dim=1, index=best.indices, src=few).float()


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = torch.sort(probs, dim=1, descending=True, stable=True)
    size = (falling.double().cumsum(dim=1) < p).sum(dim=1, keepdim=True) + 1  # the token that crosses p is inside
    if p == 1:
        size = torch.full_like(size, probs.shape[1])
    falling = falling * (torch.arange(probs.shape[1], device=probs.device) < size)
    kept = torch.zeros_like(probs).scatter_(1, ids, falling)
    return torch.nn.functional.normalize(kept, p=1, dim=1)


# %% entropy
def entropy(probs):
    return torch.distributions.Categorical(probs=probs.double(), validate_args=False).entropy().float()


# %% draw
def draw(probs):
    return torch.distributions.Categorical(probs=probs, validate_args=False).sample()


# %% Sampler
class Sampler:
    PROB_MODES = "temperature topk".split()
    SAMPLE_MODES = "greedy random nucleus".split()

    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        problems = []
        if prob_mode not in self.PROB_MODES:
            problems.append(f"prob_mode={prob_mode!r} is not one of {self.PROB_MODES}")
        if sample_mode not in self.SAMPLE_MODES:
            problems.append(f"sample_mode={sample_mode!r} is not one of {self.SAMPLE_MODES}")
        if not (temp > 0 and temp != float("inf")):
            problems.append(f"temp={temp} is not positive and finite")
        if prob_mode == "topk" and (not k or k < 1):
            problems.append(f"k={k} is less than 1")
        if sample_mode == "nucleus" and not (p is not None and 0 < p <= 1):
            problems.append(f"p={p} is not in (0, 1]")
        if problems:
            raise ValueError("; ".join(problems))
        self.__dict__.update(prob_mode=prob_mode, sample_mode=sample_mode, temp=temp, k=k, p=p)

    def distribution(self, logits):
        probs = temperature_probs(logits, self.temp)
        if self.prob_mode == "topk":
            probs = top_k_probs(logits.float() / self.temp, self.k)
        if self.sample_mode == "nucleus":
            probs = nucleus_probs(probs, self.p)
        if self.sample_mode == "greedy":
            probs = torch.nn.functional.one_hot(logits.argmax(dim=1), logits.shape[1]).float()
        return torch.distributions.Categorical(probs=probs.double(), validate_args=False)

    def sample(self, logits):
        if len(logits.shape) != 2:
            raise ValueError(f"logits.shape={logits.shape}, but [B, V] is needed")
        for number, row in enumerate(logits.float()):
            if not torch.isfinite(row.max()):
                raise ValueError(f"logits[{number}]={row} is not a distribution")
        distribution = self.distribution(logits)
        return distribution.sample(), distribution.entropy().float()
