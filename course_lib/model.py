"""The seminar's language model: an embedding, one LSTM layer written from its equations, an output layer."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from course_lib.assets import asset_path
from course_lib.linear import fast_linear

LARGEST_TABLE = 1 << 24  # numbers that a stepper may compute in advance: 64 MB
State = tuple[Tensor, Tensor]  # h[B, H], c[B, H]


class LSTM(nn.Module, PyTorchModelHubMixin):
    """A language model with a memory: predicts every next token from the tokens so far.

    Hochreiter & Schmidhuber (1997); the forget gate after Gers et al. (2000). Each gate looks at [h_{t-1}, x_t]:
    ``W_f``, ``W_i``, ``W_o``, ``W_c`` are linear maps from hidden_size + input_size to hidden_size.
    """

    def __init__(self, vocab_size: int, input_size: int, hidden_size: int):
        super().__init__()
        for name, value in [("vocab_size", vocab_size), ("input_size", input_size), ("hidden_size", hidden_size)]:
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive integer, not {value!r}")
        self.vocab_size, self.input_size, self.hidden_size = vocab_size, input_size, hidden_size
        self.embedding = nn.Embedding(vocab_size, input_size)
        self.W_f = nn.Linear(hidden_size + input_size, hidden_size)
        self.W_i = nn.Linear(hidden_size + input_size, hidden_size)
        self.W_o = nn.Linear(hidden_size + input_size, hidden_size)
        self.W_c = nn.Linear(hidden_size + input_size, hidden_size)
        self.output = nn.Linear(hidden_size, vocab_size)

    def step(self, x_t: Tensor, state: State) -> State:
        """One step of the six equations: x_t[B, input_size] and (h, c)[B, H] give the next (h, c)."""
        h, c = state
        hx = torch.cat([h, x_t], dim=1)  # (B, H + input_size)
        f = torch.sigmoid(self.W_f(hx))  # what to keep
        i = torch.sigmoid(self.W_i(hx))  # what to write
        o = torch.sigmoid(self.W_o(hx))  # what to show
        c_new = torch.tanh(self.W_c(hx))  # what could be written
        c = f * c + i * c_new
        h = o * torch.tanh(c)
        return h, c

    def forward(self, input_ids: Tensor, init_states: State | None = None) -> tuple[Tensor, State]:
        """Logits of the token after each one, and the state to go on from.

        input_ids[B, T] int64; ``init_states`` = (h[B, H], c[B, H]), zeros if None. Returns (logits[B, T, V],
        (h[B, H], c[B, H])). Raises ValueError where the shapes don't fit.
        """
        hidden, state = self.hidden(input_ids, init_states)
        return self.logits(hidden), state

    def hidden(self, input_ids: Tensor, init_states: State | None = None) -> tuple[Tensor, State]:
        """What ``forward`` makes its logits of: (h of every step [B, T, H], the state to go on from)."""
        state = self._checked(input_ids, init_states)
        x = self.embedding(input_ids)  # (B, T, input_size)
        if x.shape[1] == 1:
            state = self.step(x[:, 0], state)
            return state[0].unsqueeze(1), state
        return self._sequence(x, state)

    def logits(self, hidden: Tensor) -> Tensor:
        """The output layer: hidden[..., H] -> logits[..., V]."""
        return fast_linear(hidden, self.output.weight, self.output.bias)

    def _sequence(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """All steps at once: the same equations in PyTorch's fused kernel, its gates in the order i, f, c, o."""
        gates = [self.W_i, self.W_f, self.W_c, self.W_o]
        weight = torch.cat([gate.weight for gate in gates])  # (4H, H + input_size)
        bias = torch.cat([gate.bias for gate in gates])
        w_hidden, w_input = weight[:, : self.hidden_size].contiguous(), weight[:, self.hidden_size :].contiguous()
        h, c = (s.unsqueeze(0) for s in state)
        parameters = [w_input, w_hidden, bias, torch.zeros_like(bias)]
        hidden, h, c = torch.lstm(x, (h, c), parameters, True, 1, 0.0, self.training, False, True)
        return hidden, (h[0], c[0])

    def stepper(self, n_tokens: int = 0) -> Stepper:
        """The model as generation wants it: made once, then called for every token. Its weights are as of now.

        ``n_tokens`` is about how many tokens it will read in all.
        """
        return Stepper(self, n_tokens)

    def _checked(self, input_ids: Tensor, init_states: State | None) -> State:
        if input_ids.dim() != 2 or input_ids.shape[1] == 0:
            raise ValueError(f"input_ids must have shape [batch, time >= 1], not {tuple(input_ids.shape)}")
        batch = input_ids.shape[0]
        if init_states is None:
            zeros = self.output.weight.new_zeros(batch, self.hidden_size)
            return zeros, zeros
        for name, s in zip("hc", init_states, strict=True):
            if s.shape != (batch, self.hidden_size):
                raise ValueError(
                    f"init_states: {name} must have shape [batch, hidden_size] = [{batch}, {self.hidden_size}], "
                    f"not {list(s.shape)}"
                )
        return init_states


def _tanh_(x: Tensor) -> Tensor:
    """The hyperbolic tangent, in place; on a CPU as 2 σ(2x) - 1, to 1e-7: PyTorch's own takes five times as long."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1) if x.is_cpu else x.tanh_()


class Stepper:
    """One step after another, without gradients: the same six equations, all gates in one product.

    Where more tokens will be read than there are words, what a word adds to the gates is computed once for each.
    """

    @torch.no_grad()
    def __init__(self, model: LSTM, n_tokens: int = 0):
        gates = [model.W_f, model.W_i, model.W_o, model.W_c]
        weight = torch.cat([gate.weight for gate in gates])  # (4H, H + input_size)
        self.embedding, self.output, self.hidden_size = model.embedding, model.output, model.hidden_size
        parts = weight.split([model.hidden_size, model.input_size], dim=1)
        self.w_hidden, self.w_input = (part.contiguous() for part in parts)
        self.bias = torch.cat([gate.bias for gate in gates])
        is_worth_it = n_tokens > model.vocab_size and model.vocab_size * len(self.bias) <= LARGEST_TABLE
        self.table = fast_linear(model.embedding.weight, self.w_input, self.bias) if is_worth_it else None  # (V, 4H)

    @torch.no_grad()
    def __call__(self, tokens: Tensor, h: Tensor, c: Tensor) -> Tensor:
        """tokens int64[B] -> logits[B, V] of the next ones; h[B, H] and c[B, H] become the new state, in place."""
        gates = fast_linear(h, self.w_hidden).add_(self._of_input(tokens))  # (B, 4H)
        f, i, o = gates[:, : 3 * self.hidden_size].sigmoid_().chunk(3, dim=1)
        c_new = _tanh_(gates[:, 3 * self.hidden_size :])
        c.mul_(f).addcmul_(i, c_new)
        _tanh_(h.copy_(c)).mul_(o)
        return fast_linear(h, self.output.weight, self.output.bias)

    def _of_input(self, tokens: Tensor) -> Tensor:
        """What the tokens add to the gates: int64[B] -> float[B, 4H]."""
        if self.table is not None:
            return self.table[tokens]
        return fast_linear(self.embedding(tokens), self.w_input, self.bias)


def load_weights(source: str | os.PathLike | None = None, device: torch.device | str = "cpu") -> LSTM:
    """A trained LSTM in float32 and evaluation mode: bundled (None), from a folder or hub id, or a ``state_dict`` file.

    Raises ValueError, naming the source, if it isn't one of these.
    """
    place = asset_path("lstm") if source is None else Path(source).expanduser()
    if place.is_file():
        model = _from_state_dict(place)
    else:
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # the mixin prints where it loads from
                model = LSTM.from_pretrained(str(place) if place.is_dir() else os.fspath(source), strict=True)
        except Exception as error:
            raise ValueError(
                f"no LSTM weights could be loaded from {os.fspath(source or place)!r}: give a folder made by "
                f"save_pretrained, a state_dict file, a Hugging Face model id (this needs the network), or None for "
                f"the bundled weights ({type(error).__name__}: {error})"
            ) from error
    return model.float().to(device).eval()


def _from_state_dict(path: Path) -> LSTM:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        vocab_size, input_size = state["embedding.weight"].shape
        model = LSTM(vocab_size, input_size, state["W_f.weight"].shape[0])
        model.load_state_dict(state)
    except Exception as error:
        raise ValueError(
            f"{path.name!r} is not a state_dict of the seminar's LSTM (saved by torch.save(model.state_dict(), file)): "
            f"{type(error).__name__}: {error}"
        ) from error
    return model
