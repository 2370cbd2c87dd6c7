"""Sampler is an nn.Module with buffers, built of small modules in a chain."""

# %% Sampler
from torch import nn


class Temperature(nn.Module):
    def __init__(self, temp):
        super().__init__()
        self.register_buffer("temp", torch.tensor(float(temp)))

    def forward(self, logits):
        return logits / self.temp.to(logits.device)


class TopK(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, logits):
        values, ids = logits.topk(min(self.k, logits.size(1)), dim=1)
        return torch.full_like(logits, float("-inf")).scatter_(1, ids, values)


class Nucleus(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, logits):
        falling, ids = logits.softmax(dim=1).sort(dim=1, descending=True)
        remove = (falling.cumsum(dim=1) - falling >= self.p) & (self.p < 1)
        return logits.masked_fill(remove.gather(1, ids.argsort(dim=1)), float("-inf"))


class Sampler(nn.Module):
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        super().__init__()
        if not (temp > 0 and math.isfinite(temp)):
            raise ValueError(f"temp={temp}: должно быть положительным и конечным")
        chain = [Temperature(temp)]
        if prob_mode == "topk":
            if k is None or k < 1:
                raise ValueError(f"k={k}: должно быть не меньше 1")
            chain.append(TopK(k))
        elif prob_mode != "temperature":
            raise ValueError(f"prob_mode={prob_mode}: нет такого режима")
        if sample_mode == "nucleus":
            if p is None or not (0 < p <= 1):
                raise ValueError(f"p={p}: должно лежать в (0, 1]")
            chain.append(Nucleus(p))
        elif sample_mode not in ("greedy", "random"):
            raise ValueError(f"sample_mode={sample_mode}: нет такого режима")
        self.chain = nn.Sequential(*chain)
        self.greedy = sample_mode == "greedy"

    @torch.no_grad()
    def forward(self, logits):
        return self.chain(logits.float()).softmax(dim=1)

    @torch.no_grad()
    def sample(self, logits):
        if logits.dim() != 2:
            raise ValueError(f"logits.shape={tuple(logits.shape)}: нужно [B, V]")
        if not logits.float().max(dim=1)[0].isfinite().all():
            raise ValueError(f"logits={logits}: есть строка без распределения")
        if self.greedy:
            return logits.max(dim=1)[1], torch.zeros(logits.size(0)).to(logits.device)
        probs = self(logits)
        return probs.multinomial(1)[:, 0], (probs * (1 / probs).log().nan_to_num(posinf=0.0)).sum(dim=1)


# %% generate
class Texts(torch.nn.Module):
    """The texts that are being written, with what was learned about them."""

    def __init__(self, n_samples, start_id, end_id, device):
        super().__init__()
        self.end_id = end_id
        self.ids = torch.full((n_samples, 1), start_id, device=device)
        self.over = torch.zeros(n_samples, dtype=torch.bool, device=device)
        self.entropy, self.count = 0.0, 0

    def forward(self, tokens, step_entropy):
        going = ~self.over
        self.entropy += float(step_entropy[going].double().sum())
        self.count += int(going.sum())
        tokens = tokens.clone()
        tokens[self.over] = self.end_id
        self.ids = torch.hstack([self.ids, tokens.view(-1, 1)])
        self.over = self.over.logical_or(tokens.eq(self.end_id))


@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    texts = Texts(n_samples, start_id, end_id, next(model.parameters()).device)
    state = None
    for _ in range(max_length):
        logits, state = model(texts.ids[:, -1].view(-1, 1), init_states=state)
        texts(*sampler.sample(logits.view(n_samples, -1)))
        if texts.over.all():
            break
    return texts.ids, texts.entropy / texts.count
