"""Training of the language model, and next-token accuracy on held-out texts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerBase

from course_lib.model import LSTM
from course_lib.progress import tqdm

IGNORED = -100  # cross_entropy's mark for a target that doesn't count
PART = 512  # tokens whose logits are looked at together: so many stay near the processor
WARMUP = 0.02  # share of the training over which the learning rate rises


def encode_batch(
    texts: list[str], tokenizer: PreTrainedTokenizerBase, device: torch.device, max_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Inputs[B, T] and targets[B, T] of next-token prediction: ``[CLS] text`` and ``text [SEP]``, padding ignored."""
    batch = tokenizer(
        list(texts), padding=True, return_tensors="pt", truncation=max_length is not None, max_length=max_length
    )
    ids, mask = batch["input_ids"], batch["attention_mask"]
    targets = ids[:, 1:].masked_fill(mask[:, 1:] == 0, IGNORED)
    return ids[:, :-1].to(device), targets.to(device)


@torch.no_grad()
def evaluate(model: nn.Module, loader: Iterable[list[str]], tokenizer: PreTrainedTokenizerBase) -> float:
    """Next-token accuracy of arg max over the texts of ``loader``, padding not counted.

    Raises ValueError if the loader gives no texts.
    """
    model.eval()
    device = next(model.parameters()).device
    right = total = 0
    for texts in tqdm(loader, desc="точность", leave=False):
        inputs, targets = encode_batch(texts, tokenizer, device)
        logits, _ = model(inputs)
        counted = targets != IGNORED
        right += int(((logits.argmax(dim=-1) == targets) & counted).sum())
        total += int(counted.sum())
    if total == 0:
        raise ValueError("loader: it gave no texts to evaluate on")
    return right / total


@torch.no_grad()
def held_out_loss(
    model: LSTM,
    loader: Iterable[list[str]],
    tokenizer: PreTrainedTokenizerBase,
    max_length: int | None = None,
) -> float:
    """Mean negative log-likelihood (nats) of a token of the loader's texts, padding not counted.

    Texts are cut to ``max_length`` tokens where it is given. Raises ValueError if the loader gives no texts.
    """
    model.eval()
    device = next(model.parameters()).device
    loss, total = 0.0, 0
    for texts in loader:
        inputs, targets = encode_batch(texts, tokenizer, device, max_length)
        counted = targets != IGNORED
        hidden, _ = model.hidden(inputs)  # (B, T, H)
        for h, wanted in zip(hidden[counted].split(PART), targets[counted].split(PART), strict=True):
            loss += float(F.cross_entropy(model.logits(h), wanted, reduction="sum"))
        total += int(counted.sum())
    if total == 0:
        raise ValueError("loader: it gave no texts to measure the loss on")
    return loss / total


def train(
    model: LSTM,
    train_loader: DataLoader,
    tokenizer: PreTrainedTokenizerBase,
    valid_loader: Iterable[list[str]] | None = None,
    *,
    num_epochs: int = 10,
    lr: float = 3e-3,
    weight_decay: float = 0.01,
    patience: int = 2,
    max_minutes: float | None = None,
    max_length: int = 128,
    checkpoint: str | os.PathLike | None = None,
) -> list[dict[str, float]]:
    """Teach ``model`` to predict the next token of the texts that ``train_loader`` gives in lists.

    After each epoch the held-out loss is measured; training stops when it hasn't fallen for ``patience`` epochs, or
    when ``max_minutes`` are over, and the best weights are put back. The learning rate falls to 0 over the epochs or
    the minutes, whichever end first. With ``checkpoint``, everything is saved to that file after each epoch; if
    training is interrupted, the same call goes on after the last whole epoch.

    Without ``valid_loader`` there is no held-out loss: the mean training loss of the epoch stands in for it, in the
    history too, and it is what ``patience`` and the choice of the best weights go by, so nothing guards against
    learning by heart.

    Returns one row an epoch: epoch, train_loss, valid_loss (nats per token), minutes. Raises ValueError where
    num_epochs < 1 or the loader is empty.
    """
    if num_epochs < 1:
        raise ValueError(f"num_epochs must be at least 1, not {num_epochs}")
    run = _Run(model, lr, weight_decay, num_epochs * len(train_loader), max_minutes)
    if run.steps_planned == 0:
        raise ValueError("train_loader: it is empty, there is nothing to train on")
    path = Path(checkpoint) if checkpoint else None
    if path and path.exists():
        run.load(path)
        tqdm.write(f"going on after epoch {len(run.history)} from {path.name}")
    for epoch in range(len(run.history) + 1, num_epochs + 1):
        if run.out_of_time() or run.epochs_without_gain() >= patience:
            break
        train_loss = _train_epoch(run, train_loader, tokenizer, max_length, f"epoch {epoch}/{num_epochs}")
        valid_loss = train_loss if valid_loader is None else held_out_loss(model, valid_loader, tokenizer, max_length)
        run.end_epoch(epoch, train_loss, valid_loss)
        if path:
            run.save(path)
    run.restore_best()
    return run.history


def _train_epoch(run: _Run, loader, tokenizer, max_length: int, title: str) -> float:
    """One pass over the loader; returns the mean training loss."""
    run.model.train()
    device = next(run.model.parameters()).device
    loss_sum, batches = 0.0, 0
    progress = tqdm(loader, desc=title, leave=False)
    for texts in progress:
        inputs, targets = encode_batch(texts, tokenizer, device, max_length)
        logits, _ = run.model(inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
        run.update(loss)
        loss_sum, batches = loss_sum + loss.item(), batches + 1
        progress.set_postfix(loss=f"{loss_sum / batches:.3f}")
        if run.out_of_time():
            break
    return loss_sum / batches


class _Run:
    """The moving parts of one training: optimizer, schedule, clock, history and the best weights so far."""

    def __init__(self, model, lr: float, weight_decay: float, steps_planned: int, max_minutes: float | None):
        self.model, self.lr, self.steps_planned = model, lr, steps_planned
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay, betas=(0.9, 0.99))
        self.steps, self.history, self.best = 0, [], None
        self.max_minutes, self.minutes_before, self.started = max_minutes, 0.0, time.monotonic()

    def minutes(self) -> float:
        return self.minutes_before + (time.monotonic() - self.started) / 60

    def out_of_time(self) -> bool:
        return self.max_minutes is not None and self.minutes() >= self.max_minutes

    def progress(self) -> float:
        spent = self.minutes() / self.max_minutes if self.max_minutes else 0.0
        return min(1.0, max(spent, self.steps / self.steps_planned))

    def update(self, loss: Tensor) -> None:
        done = self.progress()
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * min((done + 1e-3) / WARMUP, 1.0) * (1 - done)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.steps += 1

    def end_epoch(self, epoch: int, train_loss: float, valid_loss: float) -> None:
        self.history.append(
            {"epoch": epoch, "train_loss": train_loss, "valid_loss": valid_loss, "minutes": self.minutes()}
        )
        tqdm.write(
            f"epoch {epoch}: train loss {train_loss:.3f}, held-out loss {valid_loss:.3f}, {self.minutes():.1f} min"
        )
        if self.epochs_without_gain() == 0:
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def epochs_without_gain(self) -> int:
        """How many epochs have passed since the best held-out loss."""
        losses = [row["valid_loss"] for row in self.history]
        return len(losses) - 1 - losses.index(min(losses)) if losses else 0

    def restore_best(self) -> None:
        if self.best is not None:
            self.model.load_state_dict(self.best)

    def save(self, path: Path) -> None:
        """Write all of it beside ``path`` and move it into place, so that a cut leaves the old file whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
            "history": self.history,
            "minutes": self.minutes(),
            "random": torch.get_rng_state(),
        }
        partial = path.with_name(path.name + ".partial")
        torch.save(state, partial)
        os.replace(partial, path)

    def load(self, path: Path) -> None:
        try:
            state = torch.load(path, map_location=next(self.model.parameters()).device, weights_only=True)
            self.model.load_state_dict(state["model"])
        except Exception as error:
            raise ValueError(
                f"the checkpoint {path.name!r} doesn't belong to this model ({type(error).__name__}); "
                f"remove the file to start anew, or give another name"
            ) from error
        self.optimizer.load_state_dict(state["optimizer"])
        self.best, self.steps, self.history = state["best"], state["steps"], state["history"]
        self.minutes_before, self.started = state["minutes"], time.monotonic()
        torch.set_rng_state(state["random"].cpu())
