"""The model card that lies beside the assets: every figure comes from the report of the training that made them."""

from __future__ import annotations

from pathlib import Path

from rebuild.corpus.build import all_situations, one_offs

CARD = """# Model card of the bundled assets

All files here are made by this project's own commands from its own texts: `course rebuild`, seed {seed}.

| asset | what it is |
|---|---|
| `corpus.txt.xz` | {texts:,} original Russian jokes in the `anek.txt` form |
| `tokenizer/` | cased WordPiece of {vocabulary:,} tokens, trained on the training part of the corpus |
| `lstm/` | the seminar's LSTM, input and hidden size {size}, {lstm_parameters:,} parameters, float16 |
| `judge/` | a GPT-2 of 4 layers, width 256, {judge_parameters:,} parameters, float16 |

## Corpus

Drawn from {situations} hand-written situations with slots, and {one_offs} jokes that stand alone; {tokens:,} tokens.
A text has {shortest_text} to {longest_text} of them, half of the texts have at most {median_text}.
`course_lib.data.split_texts` gives {train_texts:,} training texts and {held_out_texts:,} held-out ones; every figure
below is of that split. The held-out texts come from the same situations with other fillers, so they are easier than
unseen jokes would be.

## Figures

| | training texts | held-out texts |
|---|---|---|
| LSTM: next-token accuracy | | {held_out_accuracy:.3f} |
| LSTM: perplexity | {train_perplexity:.2f} | {held_out_perplexity:.2f} |
| judge: loss of a text, nats per token | {judge_loss_train:.3f} | {judge_loss_held_out:.3f} |

The training-text figures are of the first {held_out_texts:,} training texts. Time to train, by the wall clock, on two
cores that did other work too: LSTM {lstm_minutes:.0f} minutes ({lstm_epochs:.1f} epochs), judge {judge_minutes:.0f}
minutes ({judge_epochs:.1f} epochs).{notes}

## What they are for, and what not

They let the seminar and the homework run without a network. The LSTM makes short jokes of the corpus's kind. The
judge reads bare text, without [CLS] and [SEP], and knows only this corpus and repeated phrases: {repeated:.0%} of the
documents it learned from repeat one phrase many times over, and it started with attention heads wired to copy
(`rebuild/induction.py`), so that it recognises a repetition as a large model does.
Its losses compare the settings of one seminar; they are not comparable with those of another judge.
"""


def write_card(report: dict, path: Path, *, seed: int, size: int, repeated: float) -> None:
    """Write the card from a training report (see ``rebuild.pipeline.train_corpus``).

    What minutes and epochs don't say of a training stands in its record as a ``note``, a sentence or two.
    """
    notes = "".join(f"\n{report[name]}" for name in ("lstm_note", "judge_note") if name in report)
    figures = report | {"situations": len(all_situations()), "one_offs": len(one_offs()), "notes": notes}
    path.write_text(CARD.format(**figures, seed=seed, size=size, repeated=repeated), encoding="utf-8")
