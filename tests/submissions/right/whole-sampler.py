"""Sampler is written whole: none of the first five functions is called."""


# %% Sampler
class Sampler:
    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        if prob_mode not in ["temperature", "topk"]:
            raise ValueError(f"Неизвестный prob_mode: {prob_mode}")
        if sample_mode not in ["greedy", "random", "nucleus"]:
            raise ValueError(f"Неизвестный sample_mode: {sample_mode}")
        if temp <= 0 or not math.isfinite(temp):
            raise ValueError(f"temp = {temp}, а нужно положительное конечное число")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k = {k}, а нужно хотя бы 1")
        if sample_mode == "nucleus" and (p is None or p <= 0 or not p <= 1):
            raise ValueError(f"p = {p}, а нужно число из (0, 1]")
        self.prob_mode = prob_mode
        self.sample_mode = sample_mode
        self.temp = temp
        self.k = k
        self.p = p

    @torch.no_grad()
    def sample(self, logits):
        if logits.dim() != 2:
            raise ValueError(f"logits: нужно два измерения, а их {logits.dim()}")
        bad = logits.isnan() | (logits == float("inf"))
        if bad.any() or not logits.isfinite().any(dim=1).all():
            raise ValueError(f"logits: нельзя получить вероятности из {logits}")
        B, V = logits.shape
        if self.sample_mode == "greedy":
            return logits.argmax(1), torch.zeros(B, device=logits.device)
        values, ids = (logits.float() / self.temp).sort(dim=1, descending=True)  # one order for everything
        if self.prob_mode == "topk" and self.k < V:
            values, ids = values[:, : self.k], ids[:, : self.k]
        probs = values.softmax(dim=1)
        if self.sample_mode == "nucleus":
            before = probs.cumsum(dim=1) - probs
            if self.p < 1:
                probs = torch.where(before < self.p, probs, torch.zeros_like(probs))
            probs = probs / probs.sum(dim=1, keepdim=True)
        place = torch.multinomial(probs, 1)
        logs = torch.log(torch.where(probs > 0, probs, torch.ones_like(probs)))
        return ids.gather(1, place)[:, 0], -(probs * logs).sum(dim=1)
