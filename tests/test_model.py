"""The LSTM against torch.nn.LSTM, against itself step by step, and on disk."""

import pytest
import torch
from torch import nn

from course_lib.model import LSTM, load_weights


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LSTM(vocab_size=37, input_size=5, hidden_size=7).eval()


@pytest.fixture
def ids():
    return torch.randint(0, 37, (4, 11), generator=torch.Generator().manual_seed(1))


def oracle(model: LSTM) -> nn.LSTM:
    """torch's LSTM with the same weights: its gates stand in the order i, f, g, o, input before hidden."""
    theirs = nn.LSTM(model.embedding.embedding_dim, model.hidden_size, batch_first=True)
    H = model.hidden_size
    gates = [model.W_i, model.W_f, model.W_c, model.W_o]
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(torch.cat([gate.weight[:, H:] for gate in gates]))
        theirs.weight_hh_l0.copy_(torch.cat([gate.weight[:, :H] for gate in gates]))
        theirs.bias_ih_l0.copy_(torch.cat([gate.bias for gate in gates]))
        theirs.bias_hh_l0.zero_()
    return theirs


@torch.no_grad()
@pytest.mark.parametrize("with_state", [False, True])
def test_equals_torch_lstm(model, ids, with_state):
    state = (torch.randn(4, 7), torch.randn(4, 7)) if with_state else None
    theirs = tuple(s.unsqueeze(0) for s in state) if state else None
    expected, (h, c) = oracle(model)(model.embedding(ids), theirs)
    logits, (our_h, our_c) = model(ids, state)
    torch.testing.assert_close(logits, model.output(expected), atol=1e-5, rtol=0)
    torch.testing.assert_close(our_h, h[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(our_c, c[0], atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_six_equations_equal_the_fused_sequence(model, ids):
    state = (torch.randn(4, 7), torch.randn(4, 7))
    whole, final = model(ids, state)
    for t in range(ids.shape[1]):
        state = model.step(model.embedding(ids[:, t]), state)
        torch.testing.assert_close(model.output(state[0]), whole[:, t], atol=1e-5, rtol=0)
    torch.testing.assert_close(state, final, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("n_tokens", [0, 1000])
def test_a_stepper_equals_the_whole(model, ids, n_tokens):
    state = (torch.randn(4, 7), torch.randn(4, 7))
    whole, final = model(ids, state)
    stepper = model.stepper(n_tokens)
    assert (stepper.table is None) == (n_tokens == 0)
    h, c = (s.clone() for s in state)
    for t in range(ids.shape[1]):
        torch.testing.assert_close(stepper(ids[:, t], h, c), whole[:, t], atol=1e-5, rtol=0)
    torch.testing.assert_close((h, c), final, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("cut", [1, 4, 10])
def test_in_two_parts_equals_the_whole(model, ids, cut):
    whole, final = model(ids)
    first, state = model(ids[:, :cut])
    second, state = model(ids[:, cut:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, atol=1e-5, rtol=0)
    torch.testing.assert_close(state, final, atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_future_changes_nothing_and_the_past_does(model, ids):
    changed = ids.clone()
    changed[:, 5] = (changed[:, 5] + 1) % 37
    before, after = model(ids)[0], model(changed)[0]
    assert torch.equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).any(dim=2).all()


@torch.no_grad()
def test_rows_are_independent(model, ids):
    alone = torch.cat([model(row.unsqueeze(0))[0] for row in ids])
    torch.testing.assert_close(model(ids)[0], alone, atol=1e-5, rtol=0)


def test_every_gate_learns_and_gradients_match_the_oracle(model, ids):
    model(ids)[0].square().mean().backward()
    theirs = oracle(model)
    model.output(theirs(model.embedding(ids).detach())[0]).square().mean().backward()
    gates = torch.cat([g.weight.grad[:, 7:] for g in (model.W_i, model.W_f, model.W_c, model.W_o)])
    torch.testing.assert_close(gates, theirs.weight_ih_l0.grad, atol=1e-5, rtol=0)
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_saved_and_loaded_both_ways(model, ids, tmp_path):
    expected = model(ids)[0]
    model.save_pretrained(tmp_path / "folder")
    assert {p.name for p in (tmp_path / "folder").iterdir()} >= {"config.json", "model.safetensors"}
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    for source in [tmp_path / "folder", tmp_path / "weights.pt"]:
        assert torch.equal(load_weights(source)(ids)[0], expected)


def test_half_precision_weights_come_back_in_float32(model, ids, tmp_path):
    expected = model(ids)[0]
    model.half().save_pretrained(tmp_path)
    loaded = load_weights(tmp_path)
    assert loaded.output.weight.dtype == torch.float32
    torch.testing.assert_close(loaded(ids)[0], expected, atol=2e-3, rtol=0)


def test_a_pickle_with_code_is_refused(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "model.pt")  # a whole pickled module, not a state_dict
    with pytest.raises(ValueError, match="model.pt.*not a state_dict"):
        load_weights(tmp_path / "model.pt")


def test_weights_that_are_not_there(tmp_path):
    with pytest.raises(ValueError, match="no LSTM weights could be loaded from .*nothing"):
        load_weights(tmp_path / "nothing")


def test_wrong_shapes_are_named(model):
    with pytest.raises(ValueError, match=r"input_ids must have shape \[batch, time >= 1\], not \(3,\)"):
        model(torch.zeros(3, dtype=torch.long))
    with pytest.raises(ValueError, match=r"h must have shape .* = \[2, 7\], not \[2, 1, 7\]"):
        model(torch.zeros(2, 1, dtype=torch.long), (torch.zeros(2, 1, 7), torch.zeros(2, 1, 7)))
    with pytest.raises(ValueError, match="hidden_size must be a positive integer, not 0"):
        LSTM(5, 5, 0)
