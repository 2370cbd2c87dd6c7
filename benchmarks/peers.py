"""What the kit is compared with, written out plainly: transformers' warpers, and the source document's loop."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from transformers import (
    LogitsProcessorList,
    PreTrainedTokenizerBase,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from course_lib.model import LSTM

MAX_LENGTH = 256


class WarperSampler:
    """transformers' warpers, softmax and torch.multinomial."""

    def __init__(self, temp: float = 1.0, k: int | None = None, p: float | None = None):
        warpers = [TemperatureLogitsWarper(temp)]
        if k is not None:
            warpers.append(TopKLogitsWarper(k))
        if p is not None:
            warpers.append(TopPLogitsWarper(p))
        self.warpers = LogitsProcessorList(warpers)

    def draw(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens[B] and the probabilities[B, V] they came from."""
        probs = self.warpers(None, logits).softmax(dim=1)
        return torch.multinomial(probs, 1).squeeze(1), probs

    def sample(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens[B] and entropies[B], as the document's loop wants them."""
        tokens, probs = self.draw(logits)
        return tokens, torch.special.entr(probs).sum(dim=1)


class PlainLSTM(nn.Module):
    """The kit's weights in a model that goes through a sequence token by token and stacks the hidden states."""

    def __init__(self, model: LSTM):
        super().__init__()
        self.model, self.hidden_size = model, model.hidden_size

    def forward(self, input_ids: Tensor, init_states: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        model, (h, c), hidden = self.model, init_states, []
        x = model.embedding(input_ids)
        for t in range(input_ids.shape[1]):
            hx = torch.cat([h, x[:, t]], dim=1)
            f, i, o = torch.sigmoid(model.W_f(hx)), torch.sigmoid(model.W_i(hx)), torch.sigmoid(model.W_o(hx))
            c = f * c + i * torch.tanh(model.W_c(hx))
            h = o * torch.tanh(c)
            hidden.append(h)
        return model.output(torch.stack(hidden, dim=1)), (h, c)


class TorchLSTM(nn.Module):
    """torch.nn.LSTM between an embedding and an output layer of the same sizes, and the same weights."""

    def __init__(self, model: LSTM):
        super().__init__()
        self.embedding = nn.Embedding(model.vocab_size, model.input_size)
        self.lstm = nn.LSTM(model.input_size, model.hidden_size, batch_first=True)
        self.output = nn.Linear(model.hidden_size, model.vocab_size)
        gates, hidden = [model.W_i, model.W_f, model.W_c, model.W_o], model.hidden_size
        with torch.no_grad():
            self.embedding.load_state_dict(model.embedding.state_dict())
            self.output.load_state_dict(model.output.state_dict())
            self.lstm.weight_ih_l0.copy_(torch.cat([gate.weight[:, hidden:] for gate in gates]))
            self.lstm.weight_hh_l0.copy_(torch.cat([gate.weight[:, :hidden] for gate in gates]))
            self.lstm.bias_ih_l0.copy_(torch.cat([gate.bias for gate in gates]))
            self.lstm.bias_hh_l0.zero_()

    def forward(self, input_ids: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        hidden, state = self.lstm(self.embedding(input_ids))
        return self.output(hidden), state


@torch.no_grad()
def plain_generate(
    model: nn.Module, sampler, tokenizer: PreTrainedTokenizerBase, n_samples: int, max_length: int = MAX_LENGTH
) -> tuple[list[str], float]:
    """The document's loop: all rows are stepped until the longest has ended, or 256 times."""
    tokens = torch.full((n_samples, 1), tokenizer.cls_token_id)
    ids = tokens.clone()
    state = (torch.zeros(n_samples, model.hidden_size), torch.zeros(n_samples, model.hidden_size))
    entropies: list[float] = []
    ended = torch.zeros(n_samples, dtype=torch.bool)
    for _ in range(max_length):
        logits, state = model(tokens, init_states=state)
        drawn, entropy = sampler.sample(logits[:, -1])
        entropies.extend(entropy[~ended].tolist())
        tokens = drawn.unsqueeze(1)
        ids = torch.cat([ids, tokens], dim=1)
        ended |= drawn == tokenizer.sep_token_id
        if ended.all():
            break
    return tokenizer.batch_decode(ids), float(np.mean(entropies))
