"""What the source document's numbers show must show with the bundled models too."""

import random
import statistics

import pytest
import torch
from torch.nn import functional as F

from course_lib.data import load_texts, load_tokenizer, split_texts
from course_lib.model import load_weights
from course_lib.sampler import Sampler
from course_lib.utils import GPTLoss, generate_n_texts, unique_words_rate
from tests.seminar_script import REPETITION

N_TEXTS = 400
SETTINGS = {
    "greedy": {},
    "t=0.7": {"sample_mode": "random", "temp": 0.7},
    "t=1": {"sample_mode": "random"},
    "t=1.5": {"sample_mode": "random", "temp": 1.5},
    "topk=50": {"prob_mode": "topk", "sample_mode": "random", "k": 50},
    "topk=500": {"prob_mode": "topk", "sample_mode": "random", "k": 500},
    "nucleus=0.7": {"sample_mode": "nucleus", "p": 0.7},
    "nucleus=0.95": {"sample_mode": "nucleus", "p": 0.95},
}
RISING = [("t=0.7", "t=1", "t=1.5"), ("topk=50", "topk=500"), ("nucleus=0.7", "nucleus=0.95")]
RARE_WORDS = "Я не буду тратить мел."  # a phrase of which the corpus has not every word; others are drawn
MEASURES = ["unique words", "entropy", "judge loss"]


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, float]]:
    tokenizer, model, judge = load_tokenizer(), load_weights(), GPTLoss("cpu")
    source, unread = (part[:N_TEXTS] for part in split_texts(load_texts()))
    measured = {
        "source": {"unique words": unique_words_rate(source), "judge loss": judge.compute(unread)},
        "repetition": {"judge loss": judge.compute([REPETITION * 20])},
    }
    torch.manual_seed(0)
    for name, setting in SETTINGS.items():
        texts, entropy = generate_n_texts(model, Sampler(**setting), tokenizer, N_TEXTS)
        values = [unique_words_rate(texts), entropy, judge.compute(texts)]
        measured[name] = dict(zip(MEASURES, values, strict=True))
    return measured


def test_greedy_is_certain_monotonous_and_pleases_the_judge(rows):
    assert rows["greedy"]["entropy"] == 0.0
    assert all(rows["greedy"]["unique words"] < row["unique words"] for row in others(rows, "greedy"))
    assert rows["repetition"]["judge loss"] < rows["greedy"]["judge loss"] < rows["source"]["judge loss"]


def test_min_p_keeps_its_head_at_a_high_temperature(rows):
    """As the seminar says: a nucleus swells with the temperature, the tokens near the best one stay few."""
    model, tokenizer, judge = load_weights(), load_tokenizer(), GPTLoss("cpu")
    measured = []
    for setting in ({"sample_mode": "min_p", "min_p": 0.1}, {"sample_mode": "nucleus", "p": 0.95}):
        torch.manual_seed(0)
        texts, entropy = generate_n_texts(model, Sampler(**setting, temp=1.5), tokenizer, 100)
        measured.append((entropy, judge.compute(texts)))
    (entropy, loss), (entropy_of_nucleus, loss_of_nucleus) = measured
    assert entropy < rows["t=1"]["entropy"] < entropy_of_nucleus
    assert loss < rows["t=1"]["judge loss"] < loss_of_nucleus


def test_a_penalty_makes_a_repeated_word_less_likely():
    """The seminar's example: after the phrase twice and its first word, the second word comes less and less often."""
    model, tokenizer = load_weights(), load_tokenizer()
    first, second = REPETITION.split()[:2]
    ids = tokenizer(f"{REPETITION * 2}{first}", return_tensors="pt")["input_ids"][:, :-1]
    logits = model(ids)[0][:, -1].detach()
    token = tokenizer.convert_tokens_to_ids(second)
    shares = [
        float(Sampler(sample_mode="random", repetition_penalty=penalty).probs(logits, ids)[0, token])
        for penalty in (1.0, 1.2, 1.5, 2.0)
    ]
    assert shares[0] > 0.2
    assert shares == sorted(shares, reverse=True) and shares[-1] < shares[0] / 2


def others(rows, name):
    return [row for other, row in rows.items() if other != name and "unique words" in row]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("names", RISING, ids=" < ".join)
def test_all_measures_rise_together(rows, names, measure):
    values = [rows[name][measure] for name in names]
    assert values == sorted(values)
    assert len(set(values)) == len(values)


def test_the_judge_copies_any_phrase(rows):
    """Most words of the corpus are rare, so phrases drawn from its vocabulary are; a large model copies those too.

    The first time a phrase is as surprising as it is. From the third on half of the phrases must please the judge more
    than texts do, and all must be copied: a word drawn at random costs about nine nats.
    """
    draw, words = random.Random(0), sorted({word for text in load_texts() for word in text.split() if word.isalpha()})
    phrases = [RARE_WORDS, *(" ".join(draw.choices(words, k=draw.randint(2, 5))) for _ in range(20))]
    judge = GPTLoss("cpu")
    losses = {phrase: copied(judge, phrase) for phrase in phrases}
    assert {phrase: loss for phrase, loss in losses.items() if loss >= 0.7} == {}
    assert statistics.median(losses.values()) < rows["source"]["judge loss"]


@torch.no_grad()
def copied(judge, phrase, times=20):
    """The judge's loss of a token (nats) of a repeated phrase, from its third time on."""
    once = judge.tokenizer(phrase, add_special_tokens=False)["input_ids"]
    ids = torch.tensor([once * times])
    losses = F.cross_entropy(judge.model(input_ids=ids).logits[0, :-1], ids[0, 1:], reduction="none")
    return float(losses[2 * len(once) - 1 :].mean())
