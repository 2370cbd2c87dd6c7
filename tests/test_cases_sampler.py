"""Hidden tests of Sampler: right ones pass whatever else is wrong, wrong ones fail with a sentence."""

import pytest
import torch
from homework_answers import RIGHT, SENTENCE, M, sampler_with
from homework_mistakes import WRONG

from course_lib.sampler import Sampler as LibrarySampler
from grader import cases, reference
from grader.cases import refusals


@pytest.mark.parametrize("key", range(len(RIGHT["draw"])))
def test_samplers_with_other_right_draws_pass(key):
    cases.grade_sampler(sampler_with(draw=RIGHT["draw"][key]), seed=4)


def test_the_library_sampler_passes():
    cases.grade_sampler(LibrarySampler, seed=5)


def surprisal(self, logits):
    probs = torch.softmax(logits.float() / self.temp, 1)
    tokens, entropy = M["Sampler"].sample(self, logits)
    return tokens, -probs.gather(1, tokens[:, None]).squeeze(1).log() if self.sample_mode != "greedy" else entropy


def before_truncation(self, logits):
    tokens, entropy = M["Sampler"].sample(self, logits)
    full = M["entropy"](torch.softmax(logits.float() / self.temp, 1))
    return tokens, entropy if self.sample_mode == "greedy" else full


def before_temperature(self, logits):
    tokens, entropy = M["Sampler"].sample(self, logits)
    plain = M["Sampler"](self.prob_mode, self.sample_mode, 1.0, self.k, self.p).sample(logits)[1]
    return tokens, plain


def temperature_last(self, logits):
    probs = M["Sampler"](self.prob_mode, self.sample_mode, 1.0, self.k, self.p)
    cut = reference.distribution(logits.double().numpy(), self.prob_mode, self.sample_mode, k=self.k, p=self.p)
    probs = (torch.tensor(cut).log() / self.temp).softmax(1).float()
    return M["draw"](probs), M["entropy"](probs)


def greedy_entropy(self, logits):
    if self.sample_mode != "greedy":
        return M["Sampler"].sample(self, logits)
    return logits.argmax(1), M["entropy"](logits.float().softmax(1))


def noise_before_temperature(self, logits):
    tokens, entropy = M["Sampler"].sample(self, logits)
    if self.prob_mode == "temperature" and self.sample_mode == "random":
        noise = -torch.log(-torch.log(torch.rand(logits.shape)))
        tokens = ((logits.float() + noise) / self.temp).argmax(1)
    return tokens, entropy


def shared_number(self, logits):
    torch.manual_seed(7)
    return M["Sampler"].sample(self, logits)


def frozen(self, **settings):
    M["Sampler"].__init__(self, **settings)
    self.generator = torch.Generator().manual_seed(1)


def frozen_sample(self, logits):
    tokens, entropy = M["Sampler"].sample(self, logits)
    if self.sample_mode != "greedy":
        probs = reference.distribution(
            logits.double().numpy(), self.prob_mode, self.sample_mode, self.temp, self.k, self.p
        )
        tokens = torch.multinomial(torch.tensor(probs), 1, generator=self.generator).squeeze(1)
    return tokens, entropy


def half_throughout(self, logits):
    if logits.dtype == torch.float32 or self.sample_mode == "greedy":
        return M["Sampler"].sample(self, logits)
    probs = (logits / self.temp).softmax(1)
    tokens, _ = M["Sampler"].sample(self, logits)
    return tokens, -torch.xlogy(probs, probs).sum(1).float()


WRONG_SAMPLERS = {
    "surprisal of the token": {"sample": surprisal},
    "entropy before truncation": {"sample": before_truncation},
    "entropy before temperature": {"sample": before_temperature},
    "temperature after truncation": {"sample": temperature_last},
    "greedy entropy not 0": {"sample": greedy_entropy},
    "noise before temperature": {"sample": noise_before_temperature},
    "reseeded in sample": {"sample": shared_number},
    "frozen generator": {"__init__": frozen, "sample": frozen_sample},
    "half precision": {"sample": half_throughout},
    "no temperature": {"sample": lambda self, z: M["Sampler"].sample(self, z * self.temp)},
    "entropy int": {
        "sample": lambda self, z: (M["Sampler"].sample(self, z)[0], torch.zeros(len(z), dtype=torch.int64))
    },
    "tokens float": {"sample": lambda self, z: tuple(x.float() for x in M["Sampler"].sample(self, z))},
    "mean entropy": {"sample": lambda self, z: (lambda t, e: (t, e.mean()))(*M["Sampler"].sample(self, z))},
    "three values": {"sample": lambda self, z: (*M["Sampler"].sample(self, z), None)},
    "arg max always": {"sample": lambda self, z: (z.argmax(1), M["Sampler"].sample(self, z)[1])},
    "in place": {"sample": lambda self, z: M["Sampler"].sample(self, z.div_(self.temp))},
    "no sample": {"sample": None},
}


@pytest.mark.parametrize("mistake", WRONG_SAMPLERS)
def test_wrong_samplers_fail(mistake):
    cls = type("Sampler", (M["Sampler"],), WRONG_SAMPLERS[mistake])
    with pytest.raises(cases.WrongAnswer) as caught:
        cases.grade_sampler(cls, seed=6)
    assert SENTENCE.match(str(caught.value)), str(caught.value)


@pytest.mark.parametrize("name", ["temperature_probs", "top_k_probs", "nucleus_probs", "entropy", "draw"])
def test_samplers_of_wrong_parts_fail(name):
    for mistake, function in WRONG[name].items():
        if (
            name == "draw"
            and mistake == "int32"
            or mistake in {"k > V crash", "leaky", "quotas", "threshold", "not cut"}
        ):
            continue  # what Sampler does with these is tested elsewhere or is right
        if mistake in {"half precision", "dtype", "double", "in place", "first row guarded", "ties dropped", "rank"}:
            continue  # Sampler hands its parts a float32 batch of its own
        with pytest.raises(cases.WrongAnswer):
            cases.grade_sampler(sampler_with(**{name: function}), seed=7)


LETTABLE = [bad for _, bad in refusals.BAD_SETTINGS if all(value == value for value in bad.values())]  # NaN != NaN


@pytest.mark.parametrize("setting", LETTABLE)
def test_each_missing_value_error_is_seen(setting):
    def lenient(self, **given):
        settings = refusals.GOOD | {"sample_mode": "greedy"} | given
        if all(settings[key] == value for key, value in setting.items()):
            settings = {"sample_mode": "random", "k": 2, "p": 0.5}
        M["Sampler"].__init__(self, **settings)

    with pytest.raises(cases.WrongAnswer, match="ValueError"):
        cases.grade_sampler(type("Sampler", (M["Sampler"],), {"__init__": lenient}), seed=8)
