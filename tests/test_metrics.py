"""Share of unique words and perplexity, against figures that can be checked by hand."""

import math

import pytest
import torch

from course_lib.utils import perplexity, unique_words_rate
from tests.tiny import TEXTS, make_lstm, make_tokenizer

GREEDY_JOKE = (
    "- А ты знаешь, что у вас есть? - Да, а что? - А ты что, не знаешь, что это такое? - Да, а что? - А я не могу..."
)


def test_the_documents_golden_value():
    assert unique_words_rate([GREEDY_JOKE] * 5000) == 0.000104


@pytest.mark.parametrize(
    ("texts", "rate"),
    [(["раз два три"], 1.0), (["Раз раз РАЗ раз"], 0.25), (["кот, кот! пёс..."], 2 / 3), (["ёж", "еж", "Ёж"], 2 / 3)],
)
def test_unique_words_by_hand(texts, rate):
    assert unique_words_rate(texts) == rate


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [([], "the list is empty"), (["", " ?! "], "there is no word"), ("текст", r"put it into a list: \[text\]")],
)
def test_nothing_to_count(texts, sentence):
    with pytest.raises(ValueError, match=sentence):
        unique_words_rate(texts)


@torch.no_grad()
def test_perplexity_is_that_of_each_text_alone(tmp_path):
    """Against texts one at a time, without padding; and a uniform model has the perplexity of its vocabulary."""
    tokenizer = make_tokenizer(tmp_path)
    model = make_lstm(len(tokenizer))
    nll = tokens = 0
    for text in TEXTS:
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        log_probs = model(ids[:, :-1])[0].double().log_softmax(dim=-1)
        nll -= float(log_probs[0].gather(1, ids[0, 1:, None]).sum())
        tokens += ids.shape[1] - 1
    for batch_size in (1, 3, 100):
        assert perplexity(model, TEXTS, tokenizer, batch_size) == pytest.approx(math.exp(nll / tokens), rel=1e-4)
    model.output.weight.zero_()
    model.output.bias.zero_()
    assert perplexity(model, TEXTS, tokenizer) == pytest.approx(len(tokenizer), rel=1e-4)
    with pytest.raises(ValueError, match="the list is empty"):
        perplexity(model, [], tokenizer)
