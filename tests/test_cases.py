"""The hidden tests pass every right answer, fail every wrong one with a sentence, and rarely err: the bound says how rarely."""

import re

import numpy as np
import pytest
import torch
from homework_answers import INF, NONSENSE, RIGHT, WRONG, M, model_answers, sampler_with

from course_lib.sampler import Sampler as LibrarySampler
from grader import cases, reference, statistics
from grader.cases import drawing, sampler

GRADES = {name: getattr(cases, f"grade_{name}") for name in RIGHT}
SENTENCE = re.compile(r"^(\w+|\w+\.\w+)\b.*[а-яё].*[.?!]$", re.IGNORECASE | re.DOTALL)


def each(answers):
    pairs = [(name, key) for name in answers for key in range(len(answers[name]))]
    return pytest.mark.parametrize(("name", "key"), pairs)


@each(RIGHT)
def test_right_answers_pass(name, key):
    for seed in (1, 2):
        GRADES[name](RIGHT[name][key], seed=seed)


@pytest.mark.parametrize(("name", "mistake"), [(name, mistake) for name in WRONG for mistake in WRONG[name]])
def test_wrong_answers_fail(name, mistake):
    with pytest.raises(cases.WrongAnswer) as caught:
        GRADES[name](WRONG[name][mistake], seed=3)
    assert SENTENCE.match(str(caught.value)), str(caught.value)


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_gets_a_sentence(kind):
    answer = NONSENSE[kind]
    for name, grade in GRADES.items():
        with pytest.raises(cases.WrongAnswer, match=name):
            grade(answer)
    with pytest.raises(cases.WrongAnswer, match="generate"):
        cases.grade_generate(answer)
    broken = type("Sampler", (), {"__init__": lambda self, **_: None, "sample": lambda self, z: answer(z)})
    for cls in (broken, answer):
        with pytest.raises(cases.WrongAnswer, match="Sampler"):
            cases.grade_sampler(cls, {})


def test_errors_of_an_answer_are_named():
    def raises(*_):
        raise KeyError("ой")

    def unanswered(*_):
        raise NotImplementedError

    for grade in (*GRADES.values(), cases.grade_generate):
        with pytest.raises(cases.WrongAnswer, match="KeyError"):
            grade(raises)
        with pytest.raises(cases.WrongAnswer, match="пока нет ответа"):
            grade(unanswered)


def test_stderr_of_an_answer_is_harmless(capsys):
    import warnings

    def noisy(probs):
        warnings.warn("осторожно", stacklevel=1)
        return M["entropy"](probs)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        cases.grade_entropy(noisy)
    assert capsys.readouterr().err == ""


# --- Sampler


@pytest.mark.parametrize("key", range(len(RIGHT["draw"])))
def test_samplers_with_other_right_draws_pass(key):
    cases.grade_sampler(sampler_with(draw=RIGHT["draw"][key]), {}, seed=4)


def test_the_library_sampler_passes():
    cases.grade_sampler(LibrarySampler, {}, seed=5)


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
    cut = reference.distribution(
        logits.double().numpy(), self.prob_mode, self.sample_mode, k=self.k, p=self.p
    )
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
    "entropy int": {"sample": lambda self, z: (M["Sampler"].sample(self, z)[0], torch.zeros(len(z), dtype=torch.int64))},
    "tokens float": {"sample": lambda self, z: tuple(x.float() for x in M["Sampler"].sample(self, z))},
    "mean entropy": {"sample": lambda self, z: (lambda t, e: (t, e.mean()))(*M["Sampler"].sample(self, z))},
    "list of two": {"sample": lambda self, z: list(M["Sampler"].sample(self, z))},
    "arg max always": {"sample": lambda self, z: (z.argmax(1), M["Sampler"].sample(self, z)[1])},
    "in place": {"sample": lambda self, z: M["Sampler"].sample(self, z.div_(self.temp))},
    "no sample": {"sample": None},
}


@pytest.mark.parametrize("mistake", WRONG_SAMPLERS)
def test_wrong_samplers_fail(mistake):
    cls = type("Sampler", (M["Sampler"],), WRONG_SAMPLERS[mistake])
    with pytest.raises(cases.WrongAnswer) as caught:
        cases.grade_sampler(cls, model_answers(), seed=6)
    assert SENTENCE.match(str(caught.value)), str(caught.value)


@pytest.mark.parametrize("name", ["temperature_probs", "top_k_probs", "nucleus_probs", "entropy", "draw"])
def test_samplers_of_wrong_parts_fail(name):
    for mistake, function in WRONG[name].items():
        if name == "draw" and mistake == "int32" or mistake in {"k > V crash", "leaky", "quotas", "threshold", "not cut"}:
            continue  # what Sampler does with these is tested elsewhere or is right
        if mistake in {"half precision", "dtype", "double", "in place", "first row guarded", "ties dropped", "rank"}:
            continue  # Sampler hands its parts a float32 batch of its own
        with pytest.raises(cases.WrongAnswer):
            cases.grade_sampler(sampler_with(**{name: function}), {}, seed=7)


@pytest.mark.parametrize("setting", [bad for _, bad in sampler.BAD_SETTINGS])
def test_each_missing_value_error_is_seen(setting):
    def lenient(self, **settings):
        fine = {key: value for key, value in settings.items() if key not in setting or settings[key] != setting[key]}
        M["Sampler"].__init__(self, **({"k": 2, "p": 0.5} | fine))

    if any(isinstance(value, float) and np.isnan(value) for value in setting.values()):
        pytest.skip("NaN is not equal to itself, so this double cannot let it through")
    with pytest.raises(cases.WrongAnswer, match="ValueError"):
        cases.grade_sampler(type("Sampler", (M["Sampler"],), {"__init__": lenient}), {}, seed=8)


def test_a_mistake_elsewhere_costs_sampler_nothing():
    for name in RIGHT:
        for wrong in (next(iter(WRONG[name].values())), NONSENSE["None"]):
            namespace = model_answers()
            namespace[name] = wrong
            lent = cases.grade_sampler(namespace["Sampler"], namespace, seed=9)
            assert namespace[name] is not wrong
            lent.give_back()
            assert namespace[name] is wrong


def test_own_conventions_are_left_alone():
    namespace = model_answers()
    right_draw = namespace["draw"]
    namespace["draw"] = column = lambda probs: right_draw(probs)[:, None]
    exec("class Sampler(Sampler):\n def sample(self, z):\n  t, e = super().sample(z)\n  return t.reshape(-1), e", namespace)
    cases.grade_sampler(namespace["Sampler"], namespace, seed=10)
    assert namespace["draw"] is column


# --- generate


def test_model_generate_passes():
    for seed in range(5):
        cases.grade_generate(M["generate"], seed=seed)


def loop(carry=True, last_only=True, revive=False, stop=True, count="alive", states=None, as_float=float, start=True):
    """A generation loop with mistakes to choose from."""

    def generate(model, sampler, n_samples, start_id, end_id, max_length):
        ids = torch.full((n_samples, 1), start_id)
        alive, state, entropies, per_step = torch.ones(n_samples, dtype=torch.bool), None, [], []
        for _ in range(max_length):
            given = ids[:, -1:] if last_only else ids
            logits, new = model(given, init_states=state if last_only else None)
            state = (new if states is None else states(new)) if carry else None
            tokens, entropy = sampler.sample(logits[:, -1])
            used = {"alive": alive, "all": torch.ones_like(alive), "before the end": alive & (tokens != end_id)}
            entropies += entropy[used.get(count, alive)].tolist()
            per_step.append(entropy[alive].mean().item())
            tokens = tokens if revive else torch.where(alive, tokens, end_id)
            ids = torch.cat([ids, tokens[:, None]], 1)
            alive &= tokens != end_id
            if stop and not alive.any():
                break
        entropies = per_step if count == "steps" else entropies
        return ids if start else ids[:, 1:], as_float(sum(entropies) / max(1, len(entropies)))

    return generate


def squeezed_state(model, sampler, n_samples, *rest):
    if n_samples == 1:
        raise IndexError("batch of one was squeezed")
    return M["generate"](model, sampler, n_samples, *rest)


WRONG_LOOPS = {
    "state not carried": (loop(carry=False), "чистого листа"),
    "whole prefixes": (loop(last_only=False), "несколько токенов"),
    "ended rows revived": (loop(revive=True), "ожила"),
    "never stops": (loop(stop=False), "остановиться"),
    "entropy of ended rows": (loop(count="all"), "после конца"),
    "entropy without the end": (loop(count="before the end"), "конца тоже"),
    "mean of step means": (loop(count="steps"), "по всем токенам"),
    "h and c swapped": (loop(states=lambda s: (s[1], s[0])), "не те токены"),
    "c lost": (loop(states=lambda s: (s[0], torch.zeros_like(s[1]))), "не те токены"),
    "tensor for a float": (loop(as_float=torch.tensor), "float"),
    "no start": (loop(start=False), "start_id"),
    "batch of one": (squeezed_state, "IndexError"),
    "one too few": (lambda m, s, n, a, b, length: M["generate"](m, s, n, a, b, max(1, length - 1)), "generate"),
    "ids in a list": (lambda *args: (M["generate"](*args)[0].tolist(), 0.5), "ids"),
    "ids float": (lambda *args: (M["generate"](*args)[0].float(), M["generate"](*args)[1]), "int64|токен"),
}


def test_right_loops_pass():
    cases.grade_generate(loop())
    cases.grade_generate(loop(as_float=np.float32))


@pytest.mark.parametrize("mistake", WRONG_LOOPS)
def test_wrong_loops_fail(mistake):
    function, hint = WRONG_LOOPS[mistake]
    with pytest.raises(cases.WrongAnswer, match=hint) as caught:
        cases.grade_generate(function, seed=11)
    assert SENTENCE.match(str(caught.value)), str(caught.value)


# --- chance


def test_false_alarm_bound_is_small_and_counts_every_test(monkeypatch):
    """Every G-test that a right answer meets is in the sum; the sum is what the notebook's author promises."""
    alphas = []
    original = statistics.fits
    monkeypatch.setattr(statistics, "fits", lambda c, p, alpha=statistics.ALPHA: alphas.append(alpha) or original(c, p, alpha))
    cases.grade_draw(M["draw"])
    cases.grade_sampler(M["Sampler"], {})
    settings = [*drawing.SETTINGS, *(setting for setting, _ in sampler.DRAWN)]
    assert len(alphas) == 4 * len(settings)
    assert sum(alphas) <= cases.false_alarm_bound() <= 1e-9


@pytest.mark.slow
def test_right_answers_pass_many_times():
    for seed in range(60):
        cases.grade_draw(RIGHT["draw"][seed % len(RIGHT["draw"])], seed=seed)
        for name in ("temperature_probs", "top_k_probs", "nucleus_probs", "entropy"):
            GRADES[name](RIGHT[name][seed % len(RIGHT[name])], seed=seed)


# --- the reference


def test_three_forms_agree():
    rng = np.random.default_rng(12)
    logits = torch.tensor(rng.normal(0, 2, (4, 30)), dtype=torch.float32)
    for prob_mode in reference.PROB_MODES:
        for sample_mode in ("random", "nucleus"):
            settings = {"prob_mode": prob_mode, "sample_mode": sample_mode, "temp": 0.8, "k": 7, "p": 0.6}
            right = reference.distribution(logits.double().numpy(), **settings)
            np.testing.assert_allclose(LibrarySampler(**settings).probs(logits).numpy(), right, atol=1e-5)
            entropy = M["Sampler"](**settings).sample(logits)[1]
            np.testing.assert_allclose(entropy.numpy(), reference.entropy(right), atol=1e-4)


def test_reference_by_hand():
    assert reference.top_k_probs([[0.0, -INF, np.log(3.0)]], 2).tolist() == [[pytest.approx(0.25), 0, pytest.approx(0.75)]]
    assert reference.nucleus_probs([[0.2, 0.5, 0.3]], 0.7).tolist() == [[0, 0.625, 0.375]]
    assert reference.nucleus_probs([[0.2, 0.5, 0.3]], 1).tolist() == [[0.2, 0.5, 0.3]]
    assert reference.entropy([[0.5, 0.5, 0.0], [1, 0, 0]]).tolist() == pytest.approx([np.log(2), 0])
    with pytest.raises(ValueError, match="beam"):
        reference.distribution([[0.0]], "temperature", "beam")
