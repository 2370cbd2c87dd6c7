"""Things that stay the same are kept: index rows, settings; but nothing that depends on the logits."""

# %% top_k_probs
from functools import lru_cache


@lru_cache(maxsize=8)
def _places(width, device):
    return torch.arange(width, device=device).unsqueeze(0)


def top_k_probs(logits, k):
    values, ids = logits.float().sort(dim=1, descending=True)
    values = torch.where(_places(logits.shape[1], logits.device) < k, values, -math.inf)
    return torch.empty_like(values).scatter_(1, ids, values.softmax(dim=1))


# %% nucleus_probs
from functools import lru_cache


@lru_cache(maxsize=8)
def _columns(width, device):
    return torch.arange(width, device=device).unsqueeze(0)


def nucleus_probs(probs, p):
    values, ids = probs.sort(dim=1, descending=True)
    mass = values.cumsum(dim=1)
    last = (mass >= p).float().argmax(dim=1, keepdim=True)  # the first token that reaches p
    never = ~(mass >= p).any(dim=1, keepdim=True) | (p == 1)
    last = torch.where(never, probs.shape[1] - 1, last)
    values = values * (_columns(probs.shape[1], probs.device) <= last)
    return torch.empty_like(values).scatter_(1, ids, values / values.sum(dim=1, keepdim=True))


# %% draw
_buffer = {}


def draw(probs):
    """The noise lies in memory that is used again, but is new in every call."""
    shape = probs.shape, probs.device
    if shape not in _buffer:
        _buffer[shape] = torch.empty(probs.shape, dtype=torch.float64, device=probs.device)
    noise = _buffer[shape].exponential_()
    return (noise.reciprocal() * probs).argmax(dim=1)


# %% Sampler
class Sampler:
    _made = {}

    def __new__(cls, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        """One object for equal settings."""
        key = (prob_mode, sample_mode, temp, k, p)
        if key not in cls._made:
            cls._made[key] = super().__new__(cls)
        return cls._made[key]

    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        self._check(prob_mode, sample_mode, temp, k, p)
        self.prob_mode, self.sample_mode, self.temp, self.k, self.p = prob_mode, sample_mode, temp, k, p
        self._zeros = {}

    @staticmethod
    def _check(prob_mode, sample_mode, temp, k, p):
        if prob_mode not in ("temperature", "topk"):
            raise ValueError(f"prob_mode={prob_mode!r} is unknown")
        if sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f"sample_mode={sample_mode!r} is unknown")
        if not (math.isfinite(temp) and temp > 0):
            raise ValueError(f"temp={temp!r} must be finite and above 0")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k={k!r} must be 1 or more")
        if sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"p={p!r} must be in (0, 1]")

    def _no_entropy(self, rows, device):
        if (rows, device) not in self._zeros:
            self._zeros[rows, device] = torch.zeros(rows, device=device)
        return self._zeros[rows, device].clone()

    def sample(self, logits):
        if logits.dim() != 2:
            raise ValueError(f"logits of {logits.dim()} dimensions, 2 needed")
        if not logits.float().amax(dim=1).isfinite().all():
            raise ValueError(f"logits hold a row of no distribution: {logits}")
        if self.sample_mode == "greedy":
            return logits.argmax(dim=1), self._no_entropy(len(logits), logits.device)
        scaled = logits.float() / self.temp
        probs = top_k_probs(scaled, self.k) if self.prob_mode == "topk" else scaled.softmax(dim=1)
        probs = nucleus_probs(probs, self.p) if self.sample_mode == "nucleus" else probs
        return draw(probs), entropy(probs)
