"""A linear layer without gradients on the CPU, by oneDNN: on some processors twice as fast as PyTorch's default.

PyTorch multiplies float32 matrices by MKL, which on processors of other makers than its own does not use all they have.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def fast_linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x[..., n] @ weight[m, n].T + bias[m], as ``torch.nn.functional.linear``, but for the last digit."""
    if torch.is_grad_enabled() or not _is_plain(x, weight):
        return nn.functional.linear(x, weight, bias)
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")


def _is_plain(x: Tensor, weight: Tensor) -> bool:
    is_float = x.dtype == weight.dtype == torch.float32
    return is_float and x.is_cpu and weight.is_cpu and x.numel() > 0 and _has_onednn()


def _has_onednn() -> bool:
    """The operator is PyTorch's own, but no public name: where a version lacks it, the public one is taken."""
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def quicken(model: nn.Module) -> nn.Module:
    """Have the linear layers of a model, transformers' Conv1D too, computed so. Returns the model, changed in place.

    For computing only: saved, a Conv1D's weight would be the wrong way round for whoever loads it.
    """
    from transformers.pytorch_utils import Conv1D

    for module in model.modules():
        for name, layer in module.named_children():
            if type(layer) is nn.Linear:
                setattr(module, name, FastLinear(layer.weight, layer.bias))
            elif type(layer) is Conv1D:
                setattr(module, name, FastLinear(nn.Parameter(layer.weight.detach().t().contiguous()), layer.bias))
    return model


class FastLinear(nn.Module):
    """The layer with these parameters: weight[m, n], bias[m]."""

    def __init__(self, weight: nn.Parameter, bias: nn.Parameter | None):
        super().__init__()
        self.weight, self.bias = weight, bias

    def forward(self, x: Tensor) -> Tensor:
        return fast_linear(x, self.weight, self.bias)
