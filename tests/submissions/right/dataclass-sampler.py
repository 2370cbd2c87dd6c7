"""Sampler is a dataclass that checks itself in __post_init__."""

# %% Sampler
from dataclasses import dataclass


@dataclass
class Sampler:
    prob_mode: str = "temperature"
    sample_mode: str = "greedy"
    temp: float = 1.0
    k: int | None = None
    p: float | None = None

    def __post_init__(self):
        if self.prob_mode not in ("temperature", "topk"):
            raise ValueError(f"prob_mode: {self.prob_mode}")
        if self.sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"sample_mode: {self.sample_mode}")
        if not 0 < self.temp < float("inf"):
            raise ValueError(f"temp: {self.temp}")
        if self.prob_mode == "topk" and not (self.k is not None and self.k >= 1):
            raise ValueError(f"k: {self.k}")
        if self.sample_mode == "nucleus" and not (self.p is not None and 0 < self.p <= 1):
            raise ValueError(f"p: {self.p}")

    def probs(self, logits: torch.Tensor) -> torch.Tensor:
        z = logits.float() / self.temp
        match (self.prob_mode, self.sample_mode):
            case ("temperature", "random"):
                return temperature_probs(z, 1)
            case ("topk", "random"):
                return top_k_probs(z, self.k)
            case ("temperature", "nucleus"):
                return nucleus_probs(temperature_probs(z, 1), self.p)
            case ("topk", "nucleus"):
                return nucleus_probs(top_k_probs(z, self.k), self.p)

    def sample(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if logits.ndim != 2:
            raise ValueError(f"logits.ndim: {logits.ndim}")
        for row in logits:
            if row.isnan().any() or row.max() == math.inf or row.max() == -math.inf:
                raise ValueError(f"logits: {row}")
        if self.sample_mode == "greedy":
            return logits.max(dim=1).indices, torch.zeros(len(logits), device=logits.device)
        probs = self.probs(logits)
        return draw(probs), entropy(probs)


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    state = None
    x = torch.full((n_samples, 1), start_id, dtype=torch.int64, device=device)
    columns, entropies = [x], []
    model.eval()
    with torch.no_grad():
        for _ in range(max_length):
            ended = (
                (torch.cat(columns[1:], dim=1) == end_id).any(dim=1) if columns[1:] else x.new_zeros(n_samples).bool()
            )
            if ended.all():
                break
            logits, state = model(x, init_states=state)
            tokens, e = sampler.sample(logits[:, -1])
            tokens = tokens.masked_fill(ended, end_id)
            entropies += [value for value, over in zip(e.tolist(), ended.tolist(), strict=True) if not over]
            x = tokens.unsqueeze(1)
            columns.append(x)
    return torch.cat(columns, dim=1), sum(entropies) / len(entropies)
