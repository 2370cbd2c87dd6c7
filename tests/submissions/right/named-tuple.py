"""The pairs are named tuples, in which the parts have names. So is the state that the model is given back."""

# %% Sampler
from typing import NamedTuple


class Drawn(NamedTuple):
    tokens: torch.Tensor
    entropies: torch.Tensor


class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if prob_mode not in ("temperature", "topk") or sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"unknown mode: {prob_mode}, {sample_mode}")
        if not 0 < temp < math.inf:
            raise ValueError(f"temp must be positive, got {temp}")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k must be 1 or more, got {k}")
        if sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"p must be in (0, 1], got {p}")
        self.k, self.p, self.temp = (k if prob_mode == "topk" else None), p, temp
        self.sample_mode = sample_mode

    def sample(self, logits):
        if logits.dim() != 2:
            raise ValueError(f"logits must be [B, V], got {tuple(logits.shape)}")
        logits = logits.float()
        best = logits.max(dim=1)  # a named tuple, too
        if not best.values.isfinite().all():
            raise ValueError("every row needs a finite maximum")
        if self.sample_mode == "greedy":
            return Drawn(tokens=best.indices, entropies=torch.zeros_like(best.values))
        probs = (
            temperature_probs(logits / self.temp, 1.0) if self.k is None else top_k_probs(logits / self.temp, self.k)
        )
        if self.sample_mode == "nucleus":
            probs = nucleus_probs(probs, self.p)
        return Drawn(draw(probs), entropy(probs))


# %% generate
from typing import NamedTuple


class Texts(NamedTuple):
    ids: torch.Tensor
    mean_entropy: float = 0.0


class State(NamedTuple):
    h: torch.Tensor
    c: torch.Tensor


@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    written = Texts(torch.full((n_samples, 1), start_id, device=device))
    alive = torch.ones(n_samples, dtype=torch.bool, device=device)
    state, entropies = None, []
    while written.ids.shape[1] <= max_length and alive.any():
        logits, state = model(written.ids[:, -1:], init_states=state)
        state = State(*state)
        tokens, values = sampler.sample(logits[:, -1])
        entropies += values[alive].tolist()
        tokens = tokens.where(alive, end_id)
        written = written._replace(ids=torch.cat([written.ids, tokens[:, None]], dim=1))
        alive = alive & (tokens != end_id)
    return written._replace(mean_entropy=sum(entropies) / len(entropies))
