"""A GPT-2 that can copy before it has learned anything: two kinds of attention heads wired by hand.

An induction circuit (Olsson et al., 2022, "In-context Learning and Induction Heads") is a head that notes at every
position which token came before, and a head in the next layer that looks for the place where the current token
came before, and proposes the token that stands there. A model of a few million parameters finds it only after many
epochs; here it starts with one, as Trockman and Kolter (2023, "Mimetic Initialization of Self-Attention Layers")
start with attention that looks like a trained one. Training then keeps, sharpens and adds to it.

The model's width starts divided into three parts; nothing keeps them apart later:

    positions (one head's width) | the token before (one head's width) | the token itself (the rest)
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from transformers import GPT2LMHeadModel

NOTE, COPY = 0, 1  # layers: one notes the token before, the next one copies
SHARPNESS = 20.0  # attention logit of the place that a wired head looks for; others have about 0
COPIED = 4.0  # length of what is copied to the output, in lengths of a token's embedding


@torch.no_grad()
def wire_induction(model: GPT2LMHeadModel) -> GPT2LMHeadModel:
    """Wire the circuit into a freshly made model, in place; every other block starts by adding nothing.

    Two heads' width must be less than the model's, and it must have two layers or more.
    """
    config = model.config
    width, head = config.n_embd, config.n_embd // config.n_head
    position, before = slice(0, head), slice(head, 2 * head)
    pieces = [slice(start, min(start + head, width)) for start in range(2 * head, width, head)]
    name = pieces[0]  # the dimensions by which a token is recognised
    transformer = model.transformer

    angular = math.pi * ((torch.arange(head // 2) + 0.5) / (head // 2)) ** 2
    transformer.wpe.weight.zero_()
    transformer.wpe.weight[:, position] = _waves(torch.arange(config.n_positions), angular)
    transformer.wte.weight[:, : 2 * head] = 0
    transformer.wte.weight[:, 2 * head :].normal_(std=(width - 2 * head) ** -0.5)
    for block in transformer.h:
        block.attn.c_proj.weight.zero_()
        block.mlp.c_proj.weight.zero_()

    scale = (width / 2) ** 0.5  # by which a layer norm stretches a position (length 1) plus a token (length 1)
    attention = transformer.h[NOTE].attn
    gain = (SHARPNESS * head**0.5) ** 0.5 / scale
    _wire(attention, 0, "query", position, gain * _one_back(angular))
    _wire(attention, 0, "key", position, gain * torch.eye(head))
    _wire(attention, 0, "value", name, torch.eye(head))
    attention.c_proj.weight[:head, before] = torch.eye(head) / scale

    attention = transformer.h[COPY].attn
    part = head / (width - 2 * head)  # of a token's squared length that its name has
    scale = (width / (2 + part)) ** 0.5
    gain = (SHARPNESS * head**0.5 / part) ** 0.5 / scale
    for index, piece in enumerate(pieces):
        size = piece.stop - piece.start
        _wire(attention, index, "query", name, gain * torch.eye(head))
        _wire(attention, index, "key", before, gain * torch.eye(head))
        _wire(attention, index, "value", piece, torch.eye(size, head))
        rows = slice(index * head, index * head + size)
        attention.c_proj.weight[rows, piece] = COPIED / scale * torch.eye(size)
    return model


def _waves(times: Tensor, angular: Tensor) -> Tensor:
    """Sinusoids (Vaswani et al., 2017) of these angular frequencies [F], of length 1 together: times[T] -> [T, 2F]."""
    angles = times.unsqueeze(1) * angular
    return torch.cat([angles.sin(), angles.cos()], dim=1) / len(angular) ** 0.5


def _one_back(angular: Tensor) -> Tensor:
    """The matrix [2F, 2F] that turns the waves of time t into those of t - 1."""
    cos, sin = torch.diag(angular.cos()), torch.diag(angular.sin())
    return torch.cat([torch.cat([cos, sin], dim=1), torch.cat([-sin, cos], dim=1)])


def _wire(attention, index: int, which: str, source: slice, weight: Tensor) -> None:
    """Let a head's query, key or value be these dimensions times ``weight``, and nothing else."""
    width, head = attention.embed_dim, attention.head_dim
    start = ["query", "key", "value"].index(which) * width + index * head
    columns = slice(start, start + head)
    attention.c_attn.weight[:, columns] = 0
    attention.c_attn.weight[source, columns] = weight
