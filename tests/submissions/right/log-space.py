"""No probability is ever computed before it has to be returned; cuts and draws are made on log-probabilities."""


# %% temperature_probs
def temperature_probs(logits, temp):
    log_probs = logits.float().log_softmax(dim=-1)
    return (log_probs / temp).log_softmax(dim=-1).exp()  # softmax(log p / T) is temperature too


# %% top_k_probs
def top_k_probs(logits, k):
    log_probs = logits.float().log_softmax(dim=-1)
    falling, ids = log_probs.sort(dim=-1, descending=True)
    falling[:, k:] = -math.inf
    return log_probs.scatter(-1, ids, falling).log_softmax(dim=-1).exp()


# %% nucleus_probs
def nucleus_probs(probs, p):
    """Looks for the cut by bisection in the falling row: the mass only grows."""
    falling, ids = probs.sort(dim=-1, descending=True)
    mass = falling.cumsum(dim=-1).contiguous()
    if p == 1:
        size = torch.full((len(probs), 1), probs.shape[1], device=probs.device)
    else:
        size = torch.searchsorted(mass, torch.full_like(mass[:, :1], p)) + 1
    place = torch.arange(probs.shape[1], device=probs.device).expand_as(probs)
    log_kept = falling.log().masked_fill(place >= size, -math.inf)
    return torch.zeros_like(probs).scatter(-1, ids, log_kept.log_softmax(dim=-1).exp())


# %% entropy
def entropy(probs):
    log_probs = probs.log()
    return -(probs * log_probs.masked_fill(probs == 0, 0)).sum(dim=-1)


# %% draw
def draw(probs):
    return torch.distributions.Gumbel(0.0, 1.0).sample(probs.shape).to(probs.device).add(probs.log()).argmax(dim=-1)


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p
        self._check_modes()
        self._check_numbers()

    def _check_modes(self):
        known = {"prob_mode": ("temperature", "topk"), "sample_mode": ("greedy", "random", "nucleus")}
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is {getattr(self, name)!r}, choose from {values}")

    def _check_numbers(self):
        if not self.temp > 0 or self.temp == math.inf:
            raise ValueError(f"temp is {self.temp}, choose a number above 0")
        if self.prob_mode == "topk" and (self.k is None or not self.k >= 1):
            raise ValueError(f"k is {self.k}, choose at least 1")
        if self.sample_mode == "nucleus" and (self.p is None or not 0 < self.p <= 1):
            raise ValueError(f"p is {self.p}, choose from (0, 1]")

    def sample(self, logits):
        if logits.dim() != 2:
            raise ValueError(f"logits have {logits.dim()} dimensions instead of 2")
        log_z = logits.float().logsumexp(dim=-1)
        if not log_z.isfinite().all():  # NaN, +inf, or nothing but -inf
            raise ValueError(
                f"logits of rows {(~log_z.isfinite()).nonzero().flatten().tolist()} are unusable: {logits}"
            )
        if self.sample_mode == "greedy":
            return logits.argmax(dim=-1), log_z * 0
        log_probs = (logits.float() / self.temp).log_softmax(dim=-1)
        if self.prob_mode == "topk":
            k = min(self.k, logits.shape[-1])
            best = log_probs.topk(k, dim=-1)
            log_probs = torch.full_like(log_probs, -math.inf).scatter(-1, best.indices, best.values)
            log_probs = log_probs.log_softmax(dim=-1)
        if self.sample_mode == "nucleus":
            log_probs = nucleus_probs(log_probs.exp(), self.p).log()
        entropy_ = -(log_probs.exp() * log_probs.clamp(min=-1e4)).sum(dim=-1)
        return torch.distributions.Categorical(logits=log_probs).sample(), entropy_


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    """All steps first, the bookkeeping of ended texts afterwards."""
    device = next(model.parameters()).device
    column, state = torch.full((n_samples, 1), start_id, device=device), None
    drawn, entropies, ended = [], [], torch.zeros(n_samples, dtype=torch.bool, device=device)
    while len(drawn) < max_length and not bool(ended.all()):
        with torch.no_grad():
            logits, state = model(column, init_states=state)
            tokens, step = sampler.sample(logits[:, 0])
        drawn.append(tokens)
        entropies.append(step)
        ended = ended | (tokens == end_id)
        column = tokens[:, None]
    drawn, entropies = torch.stack(drawn, dim=1), torch.stack(entropies, dim=1)
    ends = (drawn == end_id).long()
    after = (ends.cumsum(dim=1) - ends) > 0  # strictly after the first end_id
    ids = torch.cat([torch.full((n_samples, 1), start_id, device=device), drawn.masked_fill(after, end_id)], dim=1)
    return ids, (entropies * ~after).sum().item() / (~after).sum().item()
