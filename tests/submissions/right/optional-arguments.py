"""Functions with extra optional arguments, some of them keyword-only, which Sampler uses."""


# %% temperature_probs
def temperature_probs(logits, temp, *, dim=-1, mask=None):
    logits = logits.float()
    if mask is not None:
        logits = torch.where(mask, logits, -torch.inf)
    return torch.softmax(logits / temp, dim=dim)


# %% top_k_probs
def top_k_probs(logits, k=50, temp=1.0, *, return_mask=False):
    keep = min(max(k, 1), logits.shape[-1])
    mask = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
    mask.scatter_(-1, logits.float().topk(keep).indices, True)
    probs = torch.where(mask, logits.float() / temp, -torch.inf).softmax(-1)
    return (probs, mask) if return_mask else probs


# %% nucleus_probs
def nucleus_probs(probs, p=0.95, *, min_tokens=1):
    falling, ids = probs.sort(-1, descending=True)
    keep = falling.cumsum(-1) - falling < p
    keep[..., :min_tokens] = True
    keep |= torch.tensor(p == 1, device=probs.device)
    kept = probs * torch.zeros_like(keep).scatter(-1, ids, keep)
    return kept / kept.sum(-1, keepdim=True)


# %% entropy
def entropy(probs, base=math.e, dim=-1, keepdim=False):
    logs = probs.clamp(min=torch.finfo(torch.float32).tiny).log() / math.log(base)
    return -(probs * logs).sum(dim, keepdim=keepdim)


# %% draw
def draw(probs, n=1, generator=None):
    tokens = torch.multinomial(probs, n, replacement=True, generator=generator)
    return tokens[:, 0] if n == 1 else tokens


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None, *, generator=None):
        for name, value, right in (
            ("prob_mode", prob_mode, prob_mode in ("temperature", "topk")),
            ("sample_mode", sample_mode, sample_mode in ("greedy", "random", "nucleus")),
            ("temp", temp, 0 < temp < math.inf),
            ("k", k, prob_mode != "topk" or (k is not None and k > 0)),
            ("p", p, sample_mode != "nucleus" or (p is not None and 0 < p <= 1)),
        ):
            if not right:
                raise ValueError(f"{name} must not be {value}")
        self.prob_mode, self.sample_mode, self.generator = prob_mode, sample_mode, generator
        self.temp, self.k, self.p = temp, k, p

    def sample(self, logits, *, verbose=False):
        if logits.dim() != 2:
            raise ValueError(f"logits must be [B, V], not {list(logits.shape)}")
        if not torch.isfinite(logits.float().amax(1)).all():
            raise ValueError(f"logits must have a finite maximum in each row: {logits}")
        if self.sample_mode == "greedy":
            return logits.argmax(1), torch.zeros(logits.shape[0], device=logits.device)
        if self.prob_mode == "topk":
            probs, mask = self._truncate(logits)
        else:
            probs = torch.softmax(logits.float() / self.temp, dim=-1)
        if self.sample_mode == "nucleus":
            probs = nucleus_probs(probs, self.p)
        if verbose:
            print(probs)
        return torch.multinomial(probs, 1, generator=self.generator)[:, 0], entropy(probs)

    def _truncate(self, logits):
        mask = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
        mask.scatter_(-1, logits.float().topk(min(self.k, logits.shape[-1])).indices, True)
        return torch.where(mask, logits.float() / self.temp, -torch.inf).softmax(-1), mask


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples=1, start_id=2, end_id=3, max_length=60, *, on_step=None):
    device = next(model.parameters()).device
    ids = torch.full((n_samples, 1), start_id, device=device)
    state, entropies = None, []
    for step in range(max_length):
        logits, state = model(ids[:, -1:], init_states=state)
        tokens, step_entropy = sampler.sample(logits[:, -1, :])
        alive = (ids[:, 1:] != end_id).all(dim=1)
        entropies.append(torch.where(alive, step_entropy, torch.nan))
        ids = torch.cat([ids, tokens.where(alive, end_id).unsqueeze(-1)], dim=-1)
        if on_step:
            on_step(step, ids)
        if (ids[:, 1:] == end_id).any(dim=1).all():
            break
    return ids, torch.stack(entropies).nanmean().item()
