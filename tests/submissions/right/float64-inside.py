"""float64 inside, float32 only at the end; sticks broken one after another to draw."""


# %% temperature_probs
def temperature_probs(logits, temp):
    return torch.softmax(logits.double() / float(temp), dim=1, dtype=torch.float64).to(torch.float32)


# %% top_k_probs
def top_k_probs(logits, k):
    z = logits.to(torch.float64)
    ranks = torch.argsort(torch.argsort(z, dim=1, descending=True, stable=True), dim=1)
    weights = torch.exp(z - z.max(dim=1, keepdim=True).values) * (ranks < k)
    return (weights / weights.sum(dim=1, keepdim=True)).float()


# %% nucleus_probs
def nucleus_probs(probs, p):
    q = probs.double()
    falling, ids = q.sort(dim=1, descending=True)
    total = falling.cumsum(dim=1)
    inside = torch.ones_like(total, dtype=torch.bool)
    if p < 1:
        inside[:, 1:] = total[:, :-1] < p
    inside = torch.zeros_like(inside).scatter_(1, ids, inside)
    q = q * inside
    return (q / q.sum(dim=1, keepdim=True)).float()


# %% entropy
def entropy(probs):
    q = probs.double()
    return torch.nan_to_num(-q * q.log(), nan=0.0).sum(dim=1).float()


# %% draw
def draw(probs):
    """Offers the tokens one by one: token i is taken with probability p_i / (mass that is left)."""
    q = probs.double()
    left = q.flip(1).cumsum(1).flip(1)
    tokens = torch.full((len(q),), -1, device=q.device)
    u = torch.rand(q.shape, dtype=torch.float64, device=q.device)
    taken = u * left < q
    for i in range(q.shape[1]):
        tokens = torch.where((tokens < 0) & taken[:, i], i, tokens)
    return tokens


# %% Sampler
class Sampler:
    """Works in float64 with the weights exp(z / T), which are divided by their sum only once."""

    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if prob_mode not in ("temperature", "topk"):
            raise ValueError(f"prob_mode = {prob_mode}")
        if sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"sample_mode = {sample_mode}")
        if not isinstance(temp, (int, float)) or not math.isfinite(temp) or temp <= 0:
            raise ValueError(f"temp = {temp}")
        if prob_mode == "topk" and (not isinstance(k, int) or k < 1):
            raise ValueError(f"k = {k}")
        if sample_mode == "nucleus" and (not isinstance(p, (int, float)) or not (0 < p <= 1)):
            raise ValueError(f"p = {p}")
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p

    def sample(self, logits):
        if not isinstance(logits, torch.Tensor) or logits.dim() != 2:
            raise ValueError(f"logits = {logits}")
        z = logits.double()
        largest, best = z.max(dim=1)
        if not largest.isfinite().all():
            raise ValueError(f"logits = {logits}")
        if self.sample_mode == "greedy":
            return best, torch.zeros_like(largest, dtype=torch.float32)
        weights, ids = ((z - largest[:, None]) / self.temp).exp().sort(dim=1, descending=True)
        if self.prob_mode == "topk":
            weights[:, self.k :] = 0
        if self.sample_mode == "nucleus" and self.p != 1:
            share = weights / weights.sum(dim=1, keepdim=True)
            weights[share.cumsum(dim=1) - share >= self.p] = 0
        share = weights / weights.sum(dim=1, keepdim=True)
        cdf = share.cumsum(dim=1)
        u = torch.rand(len(z), 1, dtype=torch.float64, device=z.device) * cdf[:, -1:]
        place = (cdf <= u).sum(dim=1, keepdim=True)
        return ids.gather(1, place).squeeze(1), -torch.xlogy(share, share).sum(dim=1).float()
