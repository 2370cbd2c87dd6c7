"""Lists, heapq, bisect and math; torch only for what goes in and out and for the random numbers."""


# %% temperature_probs
def temperature_probs(logits, temp):
    answer = []
    for row in logits.tolist():
        largest = max(row)
        weights = [math.exp((z - largest) / temp) for z in row]
        total = math.fsum(weights)
        answer.append([w / total for w in weights])
    return torch.tensor(answer, dtype=torch.float32, device=logits.device)


# %% top_k_probs
import heapq


def top_k_probs(logits, k):
    answer = []
    for row in logits.tolist():
        best = heapq.nlargest(k, range(len(row)), key=row.__getitem__)
        weights = {i: math.exp(row[i] - row[best[0]]) for i in best}
        total = sum(weights.values())
        answer.append([weights.get(i, 0.0) / total for i in range(len(row))])
    return torch.tensor(answer, device=logits.device)


# %% nucleus_probs
import itertools


def nucleus_probs(probs, p):
    answer = []
    for row in probs.tolist():
        order = sorted(range(len(row)), key=lambda i: row[i], reverse=True)  # noqa: B023
        before = itertools.accumulate((row[i] for i in order), initial=0.0)
        inside = {i for i, mass in zip(order, before, strict=False) if mass < p or p == 1}
        total = sum(row[i] for i in inside)
        answer.append([q / total if i in inside else 0.0 for i, q in enumerate(row)])
    return torch.tensor(answer, device=probs.device)


# %% entropy
def entropy(probs):
    return torch.tensor([-sum(q * math.log(q) for q in row if q) for row in probs.tolist()], device=probs.device)


# %% draw
import bisect
import itertools


def draw(probs):
    tokens = []
    for row in probs.tolist():
        cdf = list(itertools.accumulate(row))
        last = max(i for i, q in enumerate(row) if q > 0)
        u = torch.rand((), dtype=torch.float64).item() * cdf[-1]
        tokens.append(min(bisect.bisect_right(cdf, u), last))
    return torch.tensor(tokens, device=probs.device)


# %% Sampler
class Sampler:
    """One row at a time, without a tensor operation."""

    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if prob_mode != "temperature" and prob_mode != "topk":
            raise ValueError("prob_mode can't be " + repr(prob_mode))
        if sample_mode != "greedy" and sample_mode != "random" and sample_mode != "nucleus":
            raise ValueError("sample_mode can't be " + repr(sample_mode))
        if math.isnan(temp) or math.isinf(temp) or temp <= 0:
            raise ValueError("temp can't be " + repr(temp))
        if prob_mode == "topk":
            if k is None or k < 1:
                raise ValueError("k can't be " + repr(k))
        if sample_mode == "nucleus":
            if p is None or p <= 0 or p > 1 or math.isnan(p):
                raise ValueError("p can't be " + repr(p))
        self.prob_mode = prob_mode
        self.sample_mode = sample_mode
        self.temp = temp
        self.k = k
        self.p = p

    def sample(self, logits):
        if logits.dim() != 2:
            raise ValueError("logits must have two dimensions, but have " + str(logits.dim()))
        pairs = [self._sample_row(row) for row in logits.tolist()]
        tokens = torch.tensor([token for token, _ in pairs], dtype=torch.int64, device=logits.device)
        return tokens, torch.tensor([e for _, e in pairs], dtype=torch.float32, device=logits.device)

    def _sample_row(self, row):
        if any(math.isnan(z) or z == math.inf for z in row) or max(row) == -math.inf:
            raise ValueError("logits have a bad row: " + str(row[:5]))
        order = sorted(range(len(row)), key=lambda i: -row[i])
        if self.sample_mode == "greedy":
            return order[0], 0.0
        if self.prob_mode == "topk":
            order = order[: self.k]
        weights = [math.exp((row[i] - row[order[0]]) / self.temp) for i in order]
        if self.sample_mode == "nucleus" and self.p < 1:
            total, mass = sum(weights), 0.0
            for n, weight in enumerate(weights):
                if mass >= self.p * total:
                    order, weights = order[:n], weights[:n]
                    break
                mass += weight
        total = sum(weights)
        weights = [weight / total for weight in weights]
        spin = torch.rand(1, dtype=torch.float64).item()
        choice = 0
        for n, weight in enumerate(weights):
            if weight > 0:
                choice = n
                if spin < weight:
                    break
                spin -= weight
        return order[choice], -sum(weight * math.log(weight) for weight in weights if weight > 0)
