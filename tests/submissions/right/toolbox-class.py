"""The functions live in a class of the student's own, and Sampler inherits from it; the tasks are thin wrappers."""


# %% temperature_probs
class Toolbox:
    """Everything for rows of logits."""

    @staticmethod
    def softmax(z):
        return torch.softmax(z, dim=-1)

    @classmethod
    def heat(cls, logits, temp):
        return cls.softmax(logits.float() / temp)

    @classmethod
    def best(cls, logits, k):
        logits = logits.float()
        if k >= logits.shape[-1]:
            return cls.softmax(logits)
        cut = logits.argsort(dim=-1, descending=True)[:, k:]
        return cls.softmax(logits.scatter(-1, cut, -math.inf))

    @staticmethod
    def core(probs, p):
        falling, ids = probs.sort(dim=-1, descending=True)
        outside = falling.cumsum(-1).sub(falling).ge(p) if p < 1 else torch.zeros_like(probs, dtype=torch.bool)
        kept = probs.scatter(-1, ids, falling.masked_fill(outside, 0))
        return kept.div(kept.sum(-1, keepdim=True))


def temperature_probs(logits, temp):
    return Toolbox.heat(logits, temp)


# %% top_k_probs
def top_k_probs(logits, k):
    return Toolbox.best(logits, k)


# %% nucleus_probs
def nucleus_probs(probs, p):
    return Toolbox.core(probs, p)


# %% Sampler
class Checked:
    """Refuses what cannot work."""

    def _refuse_unless(self, right, name, value):
        if not right:
            raise ValueError(f"{name} = {value!r} не подходит")


class Sampler(Checked):
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        self._refuse_unless(prob_mode in ("temperature", "topk"), "prob_mode", prob_mode)
        self._refuse_unless(sample_mode in ("greedy", "random", "nucleus"), "sample_mode", sample_mode)
        self._refuse_unless(0 < temp < math.inf, "temp", temp)
        self._refuse_unless(prob_mode != "topk" or (k is not None and k >= 1), "k", k)
        self._refuse_unless(sample_mode != "nucleus" or (p is not None and 0 < p <= 1), "p", p)
        self._settings = (prob_mode, sample_mode, temp, k, p)

    def sample(self, logits):
        self._refuse_unless(logits.dim() == 2, "logits.shape", tuple(logits.shape))
        logits = logits.float()
        self._refuse_unless(logits.max(dim=1).values.isfinite().all(), "logits", logits)
        prob_mode, sample_mode, temp, k, p = self._settings
        probs = self._cut(logits / temp, prob_mode, sample_mode, k, p)
        return self._choose(probs), self._surprise(probs)

    @staticmethod
    def _cut(logits, prob_mode, sample_mode, k, p):
        if sample_mode == "greedy":
            return torch.zeros_like(logits).scatter(1, logits.argmax(dim=1, keepdim=True), 1.0)
        probs = top_k_probs(logits, k) if prob_mode == "topk" else temperature_probs(logits, 1.0)
        return nucleus_probs(probs, p) if sample_mode == "nucleus" else probs

    @staticmethod
    def _choose(probs):
        return torch.multinomial(probs, 1)[:, 0]

    @staticmethod
    def _surprise(probs):
        return torch.special.entr(probs).sum(dim=1)
