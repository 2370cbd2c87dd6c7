"""Decorators: inference mode, no gradient, and one of the student's own."""

# %% temperature_probs
import functools


def in_float32(function):
    """Calls the function with a float32 copy of its tensor."""

    @functools.wraps(function)
    def wrapper(tensor, *args, **kwargs):
        return function(tensor.detach().clone().float(), *args, **kwargs)

    return wrapper


@torch.inference_mode()
@in_float32
def temperature_probs(logits, temp):
    logits /= temp  # it is a copy
    logits -= logits.max(dim=-1, keepdim=True)[0]
    logits.exp_()
    logits /= logits.sum(dim=-1, keepdim=True)
    return logits


# %% top_k_probs
@torch.no_grad()
def top_k_probs(logits, k):
    logits = logits.clone().float()
    n_removed = logits.shape[-1] - k
    if n_removed > 0:
        removed = logits.topk(n_removed, dim=-1, largest=False, sorted=False).indices
        logits.scatter_(-1, removed, -math.inf)
    return logits.softmax(dim=-1)


# %% nucleus_probs
@torch.inference_mode()
def nucleus_probs(probs, p):
    rising, ids = probs.sort(dim=-1, descending=False)
    if p < 1:  # from the tail: what is left when a token and all that stand before it are removed
        mass_before = 1 - rising.double().cumsum(dim=-1) / rising.double().sum(dim=-1, keepdim=True)
        rising = rising.masked_fill(mass_before >= p, 0)
    kept = torch.zeros_like(probs)
    kept.scatter_(-1, ids, rising)
    kept /= kept.sum(dim=-1, keepdim=True)
    return kept


# %% entropy
@torch.no_grad()
def entropy(probs):
    return torch.nn.functional.kl_div(torch.zeros_like(probs), probs, reduction="none").sum(dim=-1).neg()


# %% draw
@torch.inference_mode()
def draw(probs):
    return torch.multinomial(probs, 1, replacement=True).reshape(probs.shape[0])


# %% Sampler
def two_dimensional(method):
    @functools.wraps(method)
    def wrapper(self, logits):
        if logits.dim() != 2:
            raise ValueError(f"logits: форма {tuple(logits.shape)} вместо [B, V]")
        return method(self, logits)

    return wrapper


import functools


class Sampler:
    @torch.no_grad()
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        ways = {"temperature": lambda z: z.softmax(-1), "topk": lambda z: top_k_probs(z, k)}
        picks = {"greedy": None, "random": lambda q: q, "nucleus": lambda q: nucleus_probs(q, p)}
        if prob_mode not in ways or sample_mode not in picks:
            raise ValueError(f"нет режимов prob_mode={prob_mode}, sample_mode={sample_mode}")
        if not 0 < temp < math.inf:
            raise ValueError(f"temp={temp}: нужно 0 < temp < inf")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k={k}: нужно k >= 1")
        if sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"p={p}: нужно 0 < p <= 1")
        self.temp, self.way, self.pick = temp, ways[prob_mode], picks[sample_mode]

    @torch.inference_mode()
    @two_dimensional
    def sample(self, logits):
        peaks = logits.float().max(dim=-1)
        if not peaks.values.isfinite().all():
            raise ValueError(f"logits: негодные строки {logits[~peaks.values.isfinite()]}")
        if self.pick is None:
            return peaks.indices, torch.zeros_like(peaks.values)
        probs = self.pick(self.way(logits.float() / self.temp))
        return draw(probs), entropy(probs)


# %% generate
@torch.inference_mode()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device

    @torch.no_grad()
    def step(tokens, state, over, left):
        """The rest of the texts: a list of columns, and a list of (entropy, is it counted)."""
        if left == 0 or over.all():
            return [], []
        logits, state = model(tokens[:, None], init_states=state)
        tokens, entropies = sampler.sample(logits[:, -1])
        tokens = torch.where(over, torch.full_like(tokens, end_id), tokens)
        columns, rest = step(tokens, state, over | (tokens == end_id), left - 1)
        return [tokens, *columns], [entropies[~over], *rest]

    first = torch.full([n_samples], start_id, device=device)
    columns, entropies = step(first, None, torch.zeros_like(first).bool(), max_length)
    return torch.stack([first, *columns], dim=-1), torch.cat(entropies).mean().item()
