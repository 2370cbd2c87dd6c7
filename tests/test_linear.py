"""The fast linear layer against PyTorch's own."""

import pytest
import torch
from torch import nn
from torch.nn.functional import linear

from course_lib import linear as module
from course_lib.linear import FastLinear, fast_linear, quicken
from tests.tiny import TEXTS, make_gpt2, make_tokenizer


@torch.no_grad()
@pytest.mark.parametrize("shape", [(1, 7), (250, 256), (3, 5, 64), (2, 0, 7)])
@pytest.mark.parametrize("with_bias", [True, False])
def test_equals_torch(shape, with_bias):
    x, weight = torch.randn(shape), torch.randn(40, shape[-1])
    bias = torch.randn(40) if with_bias else None
    torch.testing.assert_close(fast_linear(x, weight, bias), linear(x, weight, bias), atol=1e-4, rtol=1e-5)
    half = fast_linear(x.bfloat16(), weight.bfloat16())
    assert torch.equal(half, linear(x.bfloat16(), weight.bfloat16()))


@torch.no_grad()
def test_a_version_without_the_operator_takes_the_public_one(monkeypatch):
    x, weight = torch.randn(3, 7), torch.randn(4, 7)
    monkeypatch.setattr(module, "_has_onednn", lambda: False)
    assert torch.equal(fast_linear(x, weight), linear(x, weight))


def test_with_gradients_it_is_torchs_own():
    x, weight = torch.randn(3, 7), torch.randn(4, 7, requires_grad=True)
    fast_linear(x, weight).sum().backward()
    torch.testing.assert_close(weight.grad, x.sum(dim=0).expand(4, -1))


@torch.no_grad()
def test_a_quickened_model_gives_the_same_logits(tmp_path):
    tokenizer = make_tokenizer(tmp_path / "tokenizer")
    model = make_gpt2(tmp_path / "model", tokenizer)
    ids = tokenizer(TEXTS[0], return_tensors="pt")["input_ids"]
    expected = model(input_ids=ids).logits
    quicken(model)
    kinds = [type(layer) for layer in model.modules()]
    assert kinds.count(FastLinear) == 2 * 4 + 1  # four layers a block, and the last one
    assert nn.Linear not in kinds
    torch.testing.assert_close(model(input_ids=ids).logits, expected, atol=1e-4, rtol=1e-4)
