"""Gumbel-max draws; everything in log-probabilities until the last moment; entropy as log Z minus the mean score."""


# %% temperature_probs
def temperature_probs(logits, temp):
    logits = logits.float() / temp
    logits = logits - logits.amax(dim=-1, keepdim=True)
    return (logits - logits.logsumexp(dim=-1, keepdim=True)).exp()


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    logits = logits - logits.amax(dim=-1, keepdim=True)
    k = min(k, logits.size(-1))
    ids = torch.topk(logits, k).indices
    mask = torch.full_like(logits, float("-inf"))
    mask.scatter_(-1, ids, 0.0)
    masked = logits + mask
    return (masked - masked.logsumexp(dim=-1, keepdim=True)).exp()


# %% nucleus_probs
def nucleus_probs(probs, p):
    if p >= 1:
        return probs / probs.sum(-1, keepdim=True)
    log_probs = probs.log()
    falling, ids = log_probs.sort(dim=-1, descending=True)
    log_mass = falling.logcumsumexp(dim=-1).roll(1, dims=-1)  # of the tokens before
    log_mass[:, 0] = -math.inf
    falling = torch.where(log_mass < math.log(p), falling, -math.inf)
    log_kept = torch.empty_like(falling).scatter_(-1, ids, falling)
    return log_kept.softmax(dim=-1)


# %% entropy
def entropy(probs):
    log_probs = torch.where(probs > 0, probs, 1.0).log()
    return torch.sum(probs * -log_probs, dim=-1)


# %% draw
def draw(probs):
    u = torch.rand(probs.shape, dtype=torch.float64, device=probs.device)
    gumbel = -torch.log(-torch.log(u))
    return torch.argmax(probs.double().log() + gumbel, dim=-1)


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if not (math.isfinite(temp) and temp > 0):
            raise ValueError(f"temp should be a positive number, got temp={temp}")
        if prob_mode not in {"temperature", "topk"}:
            raise ValueError(f"unknown prob_mode={prob_mode}")
        if sample_mode not in {"greedy", "random", "nucleus"}:
            raise ValueError(f"unknown sample_mode={sample_mode}")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k should be 1 or more, got k={k}")
        if sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"p should be in (0, 1], got p={p}")
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p

    def log_probs(self, logits):
        scores = (logits.float() / self.temp).log_softmax(dim=-1)
        if self.prob_mode == "topk" and self.k < scores.size(-1):
            _, thrown_away = scores.topk(scores.size(-1) - self.k, largest=False)
            scores = scores.scatter(-1, thrown_away, -math.inf).log_softmax(dim=-1)
        if self.sample_mode == "nucleus" and self.p < 1:
            falling, ids = scores.sort(dim=-1, descending=True)
            before = falling.exp().cumsum(dim=-1) - falling.exp()
            cut = torch.zeros_like(before, dtype=torch.bool).scatter(-1, ids, before >= self.p)
            scores = scores.masked_fill(cut, -math.inf).log_softmax(dim=-1)
        return scores

    def sample(self, logits):
        if logits.ndim != 2:
            raise ValueError(f"logits should have shape [B, V], got {list(logits.shape)}")
        if logits.isnan().any() or (logits == math.inf).any() or (logits == -math.inf).all(dim=-1).any():
            raise ValueError(f"logits have a row without a distribution: {logits}")
        if self.sample_mode == "greedy":
            return logits.argmax(dim=-1), torch.zeros(logits.size(0), device=logits.device)
        scores = self.log_probs(logits)
        noise = -torch.empty_like(scores, dtype=torch.float64).exponential_().log()
        return (scores + noise).argmax(dim=-1), -(scores.exp() * scores.nan_to_num(neginf=0.0)).sum(dim=-1)
