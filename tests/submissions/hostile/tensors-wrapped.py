"""Tensors that leaked out of vmap and grad, fake ones, parameters, and right ones that call a hook when they are read.

Each says that it is a tensor with the right shape, and each does something else when its numbers are wanted.
"""

SCORES = {"temperature_probs": 0, "top_k_probs": (0, 2), "nucleus_probs": 0, "entropy": (0, 1), "draw": 0}
FAULT = (None, "crash")


# %% temperature_probs
def temperature_probs(logits, temp):
    leaked = []
    torch.func.vmap(lambda row: leaked.append(torch.softmax(row.float() / temp, dim=-1)) or row)(logits[None])
    return leaked[0]


# %% top_k_probs
def top_k_probs(logits, k):
    logits = logits.float()
    best, ids = logits.topk(min(k, logits.shape[-1]), dim=-1)
    kept = torch.full_like(logits, -math.inf).scatter(-1, ids, best)
    return torch.nn.Parameter(torch.softmax(kept, dim=-1))


# %% nucleus_probs
def nucleus_probs(probs, p):
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        return torch.ones(probs.shape)


# %% entropy
def entropy(probs):
    answer = (-torch.xlogy(probs, probs).sum(dim=-1)).requires_grad_()
    answer.register_hook(lambda grad: 1 / 0)
    return answer


# %% draw
class _Strange(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), settings=None):
        return 7


def draw(probs):
    return torch.zeros(len(probs), dtype=torch.int64).as_subclass(_Strange)
