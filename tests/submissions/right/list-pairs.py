"""The pairs are lists of two: Sampler and generate answer [what, what], and the model is given its state so."""


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        self.modes = [prob_mode, sample_mode]
        self.temp, self.k, self.p = temp, k, p
        wrong = [
            prob_mode not in ["temperature", "topk"],
            sample_mode not in ["greedy", "random", "nucleus"],
            not 0 < temp < math.inf,
            prob_mode == "topk" and not (k and k > 0),
            sample_mode == "nucleus" and not (p and 0 < p <= 1),
        ]
        if any(wrong):
            raise ValueError(f"{prob_mode}, {sample_mode}, temp={temp}, k={k}, p={p}")

    def sample(self, logits):
        if logits.dim() != 2 or not logits.float().amax(dim=1).isfinite().all():
            raise ValueError("logits must be [B, V] with a finite maximum in each row")
        if self.modes[1] == "greedy":
            return [logits.argmax(dim=1), torch.zeros(len(logits), device=logits.device)]
        probs = temperature_probs(logits, self.temp)
        if self.modes[0] == "topk":
            probs = top_k_probs(logits.float() / self.temp, self.k)
        if self.modes[1] == "nucleus":
            probs = nucleus_probs(probs, self.p)
        return [draw(probs), entropy(probs)]


# %% generate
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    device = next(model.parameters()).device
    state = [torch.zeros(n_samples, model.hidden_size, device=device) for _ in "hc"]
    columns = [torch.full((n_samples,), start_id, device=device)]
    ended = torch.zeros(n_samples, dtype=torch.bool, device=device)
    total, count = 0.0, 0
    for _ in range(max_length):
        logits, state = model(columns[-1].unsqueeze(1), init_states=list(state))
        tokens, entropies = sampler.sample(logits[:, -1])
        total += entropies[~ended].sum().item()
        count += int((~ended).sum())
        columns.append(tokens.masked_fill(ended, end_id))
        ended |= tokens == end_id
        if ended.all():
            break
    return [torch.stack(columns, dim=1), total / count]
