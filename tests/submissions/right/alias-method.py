"""Draws by Walker's alias method (1977), generates with a Python generator, and Sampler is a chain of closures."""


# %% temperature_probs
def temperature_probs(logits, temp):
    beta = 1 / temp
    return torch.special.softmax(beta * logits.float(), dim=-1)


# %% draw
def draw(probs):
    tokens = []
    for row in probs.tolist():
        size, total = len(row), sum(row)
        share, alias = [q * size / total for q in row], list(range(size))
        poor = [i for i in range(size) if share[i] < 1]
        rich = [i for i in range(size) if share[i] >= 1]
        while poor and rich:
            i, j = poor.pop(), rich.pop()
            alias[i] = j
            share[j] -= 1 - share[i]
            (poor if share[j] < 1 else rich).append(j)
        for i in poor:  # left by rounding
            if row[i] > 0:
                share[i] = 1.0
            else:
                alias[i] = row.index(max(row))
        column = int(torch.randint(size, (1,)))
        tokens.append(column if torch.rand(1, dtype=torch.float64).item() < share[column] else alias[column])
    return torch.tensor(tokens, device=probs.device)


# %% Sampler
def make_chain(prob_mode, sample_mode, temp, k, p):
    """A list of functions from rows to rows; the first takes logits, the last gives probabilities."""
    chain = [lambda z: z.float() / temp]
    chain.append((lambda z: top_k_probs(z, k)) if prob_mode == "topk" else (lambda z: z.softmax(-1)))
    if sample_mode == "nucleus":
        chain.append(lambda q: nucleus_probs(q, p))
    return chain


class Sampler:
    def __init__(self, *args, **kwargs):
        settings = {"prob_mode": "temperature", "sample_mode": "greedy", "temp": 1.0, "k": None, "p": None}
        settings.update(zip(settings, args))  # noqa: B905
        settings.update(kwargs)
        if settings["prob_mode"] not in ("temperature", "topk"):
            raise ValueError(f"prob_mode: {settings['prob_mode']}")
        if settings["sample_mode"] not in ("greedy", "random", "nucleus"):
            raise ValueError(f"sample_mode: {settings['sample_mode']}")
        if not 0 < settings["temp"] < math.inf:
            raise ValueError(f"temp: {settings['temp']}")
        if settings["prob_mode"] == "topk" and (settings["k"] is None or settings["k"] < 1):
            raise ValueError(f"k: {settings['k']}")
        if settings["sample_mode"] == "nucleus" and (settings["p"] is None or not 0 < settings["p"] <= 1):
            raise ValueError(f"p: {settings['p']}")
        self.greedy = settings["sample_mode"] == "greedy"
        self.chain = make_chain(**settings)

    def sample(self, logits):
        try:
            rows, vocab = logits.shape
        except ValueError:
            raise ValueError(f"logits: форма {tuple(logits.shape)}") from None
        if any(not math.isfinite(peak) for peak in logits.amax(dim=1).tolist()):
            raise ValueError(f"logits: {logits}")
        if self.greedy:
            return logits.argmax(dim=1), torch.zeros(rows, device=logits.device)
        for link in self.chain:
            logits = link(logits)
        return torch.multinomial(logits, 1).squeeze(1), entropy(logits)


# %% generate
def steps(model, sampler, tokens):
    """Yields (tokens, entropies) for ever."""
    state = None
    while True:
        with torch.no_grad():
            logits, state = model(tokens.unsqueeze(-1), init_states=state)
            tokens, entropies = sampler.sample(logits.squeeze(1))
        yield tokens, entropies


def generate(model, sampler, n_samples, start_id, end_id, max_length):
    first = torch.full((n_samples,), start_id, device=next(model.parameters()).device)
    texts, over, entropies = [[start_id] for _ in range(n_samples)], [False] * n_samples, []
    for step, (tokens, values) in enumerate(steps(model, sampler, first), start=1):
        for row, (token, value) in enumerate(zip(tokens.tolist(), values.tolist(), strict=True)):
            if over[row]:
                continue
            texts[row].append(token)
            entropies.append(value)
            over[row] = token == end_id
        if all(over) or step == max_length:
            break
    longest = max(map(len, texts))
    texts = [text + [end_id] * (longest - len(text)) for text in texts]
    return torch.LongTensor(texts).to(first.device), math.fsum(entropies) / len(entropies)
