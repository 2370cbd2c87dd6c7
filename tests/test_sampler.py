"""The library's sampler against transformers' warpers, against the float64 reference, and against its own rules."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from course_lib import _sampler_checks
from course_lib.sampler import SAMPLE_MODES, Sampler

SETTINGS = [
    {"sample_mode": "random"},
    {"sample_mode": "random", "temp": 0.3},
    {"sample_mode": "random", "temp": 4.0},
    {"prob_mode": "topk", "sample_mode": "random", "k": 1},
    {"prob_mode": "topk", "sample_mode": "random", "k": 7, "temp": 0.7},
    {"prob_mode": "topk", "sample_mode": "random", "k": 10_000},
    {"sample_mode": "nucleus", "p": 0.05},
    {"sample_mode": "nucleus", "p": 0.7, "temp": 1.5},
    {"sample_mode": "nucleus", "p": 0.95},
    {"sample_mode": "nucleus", "p": 1.0},
    {"prob_mode": "topk", "k": 30, "sample_mode": "nucleus", "p": 0.8, "temp": 1.2},
    {"sample_mode": "min_p", "min_p": 0.1},
    {"sample_mode": "min_p", "min_p": 1.0},
    {"prob_mode": "topk", "k": 30, "sample_mode": "min_p", "min_p": 0.3, "temp": 1.5},
    {"sample_mode": "typical", "typical_p": 0.05},
    {"sample_mode": "typical", "typical_p": 0.95},
    {"sample_mode": "typical", "typical_p": 0.6, "temp": 0.7},
    {"sample_mode": "typical", "typical_p": 1.0},
    {"prob_mode": "topk", "k": 30, "sample_mode": "typical", "typical_p": 0.5},
]
IDS = [" ".join(f"{k}={v}" for k, v in s.items()) for s in SETTINGS]


def with_transformers(
    logits, prob_mode="temperature", sample_mode="random", temp=1.0, k=None, p=None, *,
    min_p=None, typical_p=None, repetition_penalty=1.0, previous=None,
):  # fmt: skip
    """The same distribution by transformers' processors and warpers, in float64."""
    scores = logits.double()
    if repetition_penalty != 1.0:
        scores = RepetitionPenaltyLogitsProcessor(repetition_penalty)(previous, scores)
    if temp != 1.0:  # the warper refuses to be asked for nothing
        scores = TemperatureLogitsWarper(temp)(None, scores)
    if prob_mode == "topk":
        scores = TopKLogitsWarper(k)(None, scores)
    if sample_mode == "nucleus" and p < 1:
        scores = TopPLogitsWarper(p)(None, scores)
    if sample_mode == "min_p":
        scores = MinPLogitsWarper(min_p)(None, scores)
    if sample_mode == "typical" and typical_p < 1:
        scores = TypicalLogitsWarper(typical_p)(None, scores)
    return scores.softmax(dim=1)


def away_from_the_boundary(logits, temp=1.0, p=None, k=None, min_p=None, typical_p=None, margin=1e-4, **_):
    """Rows where what is kept doesn't hang on rounding."""
    scores = logits.double() / temp
    if k is not None and k < logits.shape[1]:
        scores = scores.topk(k, dim=1).values
    probs, gap = scores.softmax(dim=1), torch.full(scores.shape, torch.inf, dtype=torch.float64)
    if p is not None and p < 1:
        gap = probs.sort(dim=1, descending=True).values.cumsum(dim=1) - p
    if min_p is not None and min_p < 1:
        gap = probs / probs.amax(dim=1, keepdim=True) - min_p
    if typical_p is not None and typical_p < 1:
        apart, order = (probs.log() + torch.special.entr(probs).sum(dim=1, keepdim=True)).abs().sort(dim=1)
        gap = probs.gather(1, order).cumsum(dim=1) - typical_p
        last = (gap < 0).sum(dim=1, keepdim=True).clamp(max=apart.shape[1] - 1)
        beyond = (last + 1).clamp(max=apart.shape[1] - 1)
        twins = (last != beyond) & (apart.gather(1, beyond) - apart.gather(1, last) < 1e-6)
        gap = gap.masked_fill(twins, 0.0)  # the last token in and the first one out are as typical
    return logits[(gap.abs() > margin).all(dim=1)]


@pytest.mark.parametrize("setting", SETTINGS, ids=IDS)
@pytest.mark.parametrize("vocabulary", [1, 2, 50, 5000])
@pytest.mark.parametrize("spread", [0.1, 1.0, 6.0])
def test_probabilities_agree_with_transformers(setting, vocabulary, spread):
    generator = torch.Generator().manual_seed(vocabulary)
    logits = torch.randn(40, vocabulary, generator=generator) * spread
    logits = away_from_the_boundary(logits, margin=1e-7 if vocabulary > 1000 else 1e-4, **setting)
    expected = with_transformers(logits, **setting)
    assert len(logits) > 0
    torch.testing.assert_close(Sampler(**setting).probs(logits).double(), expected, atol=1e-6, rtol=0)
    _, entropy = Sampler(**setting).sample(logits)
    torch.testing.assert_close(entropy.double(), torch.special.entr(expected).sum(dim=1), atol=1e-3, rtol=0)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40),
    st.floats(0.05, 20),
    st.integers(1, 50),
    st.floats(0.01, 1),
    st.booleans(),
    st.sampled_from([("nucleus", "p"), ("min_p", "min_p"), ("typical", "typical_p")]),
)
def test_any_logits_and_setting_agree_with_transformers(row, temp, k, share, topk, mode):
    setting = {"sample_mode": mode[0], "temp": temp, mode[1]: share} | ({"prob_mode": "topk", "k": k} if topk else {})
    logits = torch.tensor([row])
    ties = len(set((logits / temp).softmax(dim=1)[0].tolist())) < len(row)  # as float32 sees them
    if ties or not len(away_from_the_boundary(logits, **setting)):
        return  # at a tie or a boundary any choice is right
    expected = with_transformers(logits, **setting)
    torch.testing.assert_close(Sampler(**setting).probs(logits).double(), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("setting", [{"sample_mode": "greedy"}, *SETTINGS], ids=["greedy", *IDS])
@pytest.mark.parametrize("penalty", [1.3, 0.7])
def test_repetition_penalty_agrees_with_transformers(setting, penalty):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(40, 60, generator=generator) * 3
    previous = torch.randint(60, (40, 9), generator=generator)  # tokens come twice too
    penalised = RepetitionPenaltyLogitsProcessor(penalty)(previous, logits.double())
    rows = torch.isin(penalised, away_from_the_boundary(penalised, **setting)).all(dim=1)
    logits, previous = logits[rows], previous[rows]
    assert len(logits) > 20
    sampler = Sampler(**setting, repetition_penalty=penalty)
    expected = with_transformers(logits, **setting, repetition_penalty=penalty, previous=previous)
    if setting["sample_mode"] == "greedy":
        expected = (expected == expected.amax(dim=1, keepdim=True)).double()
    untouched = logits.clone()
    filled_up = torch.cat([torch.full((len(logits), 3), -1), previous, torch.full((len(logits), 1), -7)], dim=1)
    torch.testing.assert_close(sampler.probs(logits, filled_up).double(), expected, atol=1e-6, rtol=0)
    tokens, entropy = sampler.sample(logits, filled_up)
    assert (expected.gather(1, tokens.unsqueeze(1)) > 0).all()
    torch.testing.assert_close(entropy.double(), torch.special.entr(expected).sum(dim=1), atol=1e-3, rtol=0)
    assert torch.equal(logits, untouched)
    nothing_yet = torch.empty(len(logits), 0, dtype=torch.int64)
    assert torch.equal(sampler.probs(logits, nothing_yet), Sampler(**setting).probs(logits))


@pytest.mark.parametrize(
    ("previous", "sentence"),
    [
        (None, "previous must be given with repetition_penalty=1.2, it is None"),
        ([[1]], r"previous must be a tensor of shape \[2, time\], .* not list"),
        (torch.zeros(3, 1, dtype=torch.int64), r"previous must be .* \[2, time\], .* not \[3, 1\]"),
        (torch.zeros(2, 1), "previous must hold int64, not torch.float32"),
        (torch.full((2, 1), 5), "previous must hold tokens below the vocabulary's size 5, not 5"),
    ],
)
def test_wrong_previous_tokens_are_named(previous, sentence):
    with pytest.raises(ValueError, match=sentence):
        Sampler(repetition_penalty=1.2).sample(torch.zeros(2, 5), previous)


@pytest.mark.parametrize("setting", SETTINGS, ids=IDS)
def test_draws_follow_the_probabilities(setting):
    """G-test with a finite-sample bound: a right sampler fails with probability below 1e-9 a setting."""
    logits = torch.tensor([2.0, 0.5, 1.0, -1.0, 0.0, 1.5, -0.5, -2.0])
    torch.manual_seed(1)
    n = 40_000
    tokens, _ = Sampler(**setting).sample(logits.expand(n, -1))
    probs = with_transformers(logits[None], **setting)[0]
    counts = torch.bincount(tokens, minlength=8).double()
    assert counts[probs == 0].sum() == 0
    kept = probs > 0
    g = 2 * float(torch.special.xlogy(counts[kept], counts[kept] / (n * probs[kept])).sum())
    cells = int(kept.sum())
    assert g < (2 * 45 if cells > 1 else 1e-9)  # P(G/2 >= 45) <= e^-45 (45e/7)^7 < 2e-11 for at most 8 cells


def test_rows_and_calls_are_independent_and_seeds_repeat():
    logits = torch.zeros(64, 1000)
    sampler = Sampler(sample_mode="random")
    torch.manual_seed(3)
    first, second = sampler.sample(logits)[0], sampler.sample(logits)[0]
    torch.manual_seed(3)
    assert torch.equal(sampler.sample(logits)[0], first)
    assert not torch.equal(first, second)
    assert len(first.unique()) > 32


def test_nucleus_of_any_size_and_with_equal_tokens(monkeypatch):
    logits = torch.randn(6, 3000, generator=torch.Generator().manual_seed(0)) * 0.3
    logits[0, 5] = 30.0  # one token; the other rows keep most of theirs
    logits[1] = 0.0  # all equal
    logits[2] = logits[2].round()  # a few values
    expected = with_transformers(logits, sample_mode="nucleus", p=0.93)
    for looks in (True, False):  # as on the CPU, and as on a GPU
        monkeypatch.setattr(_sampler_checks, "may_look", lambda tensor, looks=looks: looks)
        probs = Sampler(sample_mode="nucleus", p=0.93).probs(logits)
        torch.testing.assert_close((probs > 0).sum(dim=1), (expected > 0).sum(dim=1), atol=1, rtol=0)
        falling = [p.double().sort(dim=1, descending=True).values for p in (probs, expected)]
        torch.testing.assert_close(*falling, atol=1e-3, rtol=0)
        distinct = [0, 3, 4, 5]  # where nothing is equal the very tokens are told too
        torch.testing.assert_close(probs[distinct].double(), expected[distinct], atol=1e-3, rtol=0)


@pytest.mark.parametrize("setting", [{"sample_mode": "greedy"}, *SETTINGS], ids=["greedy", *IDS])
def test_edges(setting):
    sampler = Sampler(**setting)
    batch = torch.randn(5, 30, generator=torch.Generator().manual_seed(0))
    untouched = batch.clone()
    tokens, entropy = sampler.sample(batch)
    assert torch.equal(batch, untouched)
    assert (tokens.dtype, entropy.dtype) == (torch.int64, torch.float32)
    assert tokens.shape == entropy.shape == (5,)
    assert [x.shape for x in sampler.sample(batch[:1])] == [(1,), (1,)]
    assert [x.shape for x in sampler.sample(batch[:0])] == [(0,), (0,)]
    assert [x.shape for x in sampler.sample(batch[:, :1])] == [(5,), (5,)]
    huge = torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4, 1e4]])
    tokens, entropy = sampler.sample(huge)
    assert tokens.tolist() == [0, 2]
    assert torch.isfinite(entropy).all()
    holes = batch.clone()
    holes[:, ::2] = -math.inf
    for _ in range(20):
        tokens, entropy = sampler.sample(holes)
        assert (tokens % 2 == 1).all()
        assert torch.isfinite(entropy).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_computed_in_float32(dtype):
    logits = torch.randn(8, 4000, generator=torch.Generator().manual_seed(0)).to(dtype)
    for setting in SETTINGS:
        expected = Sampler(**setting).probs(logits.float())
        assert torch.equal(Sampler(**setting).probs(logits), expected)
        assert Sampler(**setting).sample(logits)[1].dtype == torch.float32


@pytest.mark.parametrize("temp", [1e-300, 1e-40, 1e-6, 1e6, 1e300])
def test_extreme_temperatures_stay_finite(temp):
    tokens, entropy = Sampler(sample_mode="random", temp=temp).sample(torch.tensor([[0.0, 3.0, 1.0, -math.inf]] * 50))
    assert torch.isfinite(entropy).all()
    assert (tokens != 3).all()
    if temp < 1:
        assert (tokens == 1).all()
    else:
        assert entropy[0] == pytest.approx(math.log(3), abs=1e-4)


def test_greedy():
    logits = torch.tensor([[0.0, 2.0, 1.0], [5.0, -1.0, 4.9]])
    tokens, entropy = Sampler(sample_mode="greedy", temp=3.0).sample(logits)
    assert tokens.tolist() == [1, 0]
    assert entropy.tolist() == [0.0, 0.0]
    assert Sampler().probs(logits).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"temp": 0}, "temp must be .* not 0"),
        ({"temp": -1.0}, "temp must be .* not -1.0"),
        ({"temp": math.nan}, "temp must be .* not nan"),
        ({"temp": math.inf}, "temp must be .* not inf"),
        ({"temp": "1"}, "temp must be .* not '1'"),
        ({"prob_mode": "topk", "k": 0}, "k must be .* not 0"),
        ({"prob_mode": "topk", "k": 2.5}, "k must be .* not 2.5"),
        ({"prob_mode": "topk"}, "k must be given"),
        ({"sample_mode": "nucleus", "p": 0.0}, "p must be .* not 0.0"),
        ({"sample_mode": "nucleus", "p": 1.01}, "p must be .* not 1.01"),
        ({"sample_mode": "nucleus", "p": math.nan}, "p must be .* not nan"),
        ({"sample_mode": "nucleus"}, "p must be given"),
        ({"sample_mode": "min_p", "min_p": 0}, r"min_p must be a number in \(0, 1\], not 0"),
        ({"sample_mode": "min_p"}, "min_p must be given with sample_mode='min_p'"),
        ({"sample_mode": "typical", "typical_p": 1.5}, r"typical_p must be a number in \(0, 1\], not 1.5"),
        ({"sample_mode": "typical"}, "typical_p must be given with sample_mode='typical'"),
        ({"temp": 10**400}, "temp must be .* not 10"),
        ({"sample_mode": "nucleus", "p": Fraction(1, 10**400)}, "p must be .* not Fraction"),
        ({"sample_mode": "nucleus", "p": -(10**400)}, "p must be .* not -10"),
        ({"sample_mode": "nucleus", "p": True}, "p must be .* not True"),
        ({"repetition_penalty": 0}, "repetition_penalty must be a finite number above 0 .* not 0; 1 leaves"),
        ({"repetition_penalty": math.nan}, "repetition_penalty must be .* not nan"),
        ({"repetition_penalty": 1e39}, r"that float32 holds, 1.2e-38 to 3.4e\+38, not 1e\+39; 1 leaves"),
        ({"repetition_penalty": 1e-45}, "repetition_penalty must be .* not 1e-45"),
        ({"repetition_penalty": math.inf}, "repetition_penalty must be .* not inf"),
        ({"prob_mode": "top_k"}, "prob_mode must be one of temperature, topk, not 'top_k'"),
        ({"sample_mode": "beam"}, "sample_mode must be one of greedy, random, nucleus, min_p, typical, not 'beam'"),
    ],
)
def test_a_wrong_argument_is_named_with_its_value(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        Sampler(**arguments)


@pytest.mark.parametrize("mode", SAMPLE_MODES)
@pytest.mark.parametrize(
    ("logits", "sentence"),
    [
        (torch.zeros(3), r"logits must be .* not \[3\]"),
        (torch.zeros(1, 2, 3), r"logits must be .* not \[1, 2, 3\]"),
        (torch.zeros(2, 0), r"logits must be .* not \[2, 0\]"),
        ([[0.0, 1.0]], "logits must be .* not list"),
        (torch.tensor([[0.0, 1.0], [0.0, math.nan]]), "logits: row 1 holds NaN"),
        (torch.tensor([[-math.inf, -math.inf]]), "logits: row 0 .*no finite entry"),
    ],
)
def test_wrong_logits_are_named(mode, logits, sentence):
    with pytest.raises(ValueError, match=sentence):
        Sampler(sample_mode=mode, p=0.9, min_p=0.1, typical_p=0.9).sample(logits)


def test_numpy_numbers_are_numbers():
    assert Sampler(prob_mode="topk", k=np.int64(3)).k == 3
    assert Sampler(temp=np.float32(0.5)).temp == 0.5


@pytest.mark.parametrize("name", ["p", "min_p", "typical_p"])
def test_a_fraction_is_a_share(name):
    mode = {"p": "nucleus", "min_p": "min_p", "typical_p": "typical"}[name]
    logits = torch.randn(6, 50, generator=torch.Generator().manual_seed(0)) * 2
    sampler, expected = (Sampler(sample_mode=mode, **{name: half}) for half in (Fraction(1, 2), 0.5))
    assert torch.equal(sampler.probs(logits), expected.probs(logits))
    assert repr(sampler) == repr(expected)
    sampler.sample(logits)


@pytest.mark.parametrize("looks", [True, False])
@pytest.mark.parametrize("setting", [{"sample_mode": "greedy"}, *SETTINGS], ids=["greedy", *IDS])
@pytest.mark.parametrize("penalty", [np.finfo(np.float32).tiny, 1e-30, 1e30, np.finfo(np.float32).max])
def test_a_penalty_as_large_as_float32_leaves_a_distribution(setting, penalty, looks, monkeypatch):
    """Also where all tokens were seen; a token that couldn't come still can't."""
    monkeypatch.setattr(_sampler_checks, "may_look", lambda tensor: looks)
    logits = torch.randn(12, 60, generator=torch.Generator().manual_seed(0)) * 100
    logits[:, 7] = -math.inf
    logits[6:] = -logits[6:].abs()
    sampler = Sampler(**setting, repetition_penalty=penalty)
    for seen in (2, 60):
        previous = torch.arange(60).roll(-6)[:seen].expand(12, -1)
        probs = sampler.probs(logits, previous)
        torch.testing.assert_close(probs.sum(dim=1), torch.ones(12))
        assert (probs[:, 7] == 0).all()
        tokens, entropy = sampler.sample(logits, previous)
        assert (probs.gather(1, tokens.unsqueeze(1)) > 0).all()
        torch.testing.assert_close(entropy, torch.special.entr(probs).sum(dim=1), atol=1e-3, rtol=0)


@pytest.mark.parametrize("penalty", [0.5, 2.0, np.finfo(np.float32).max])
def test_wrong_logits_are_named_with_a_penalty_too(penalty):
    for bad in (math.nan, math.inf):
        logits = torch.tensor([[0.0, 1.0], [0.0, bad]])
        with pytest.raises(ValueError, match="logits: row 1 holds NaN"):
            Sampler(repetition_penalty=penalty).sample(logits, torch.ones(2, 1, dtype=torch.int64))


@pytest.fixture
def as_on_gpu(monkeypatch):
    """The way that is taken on CUDA, where the host may not look at numbers."""
    monkeypatch.setattr(_sampler_checks, "may_look", lambda tensor: False)


EVERY = pytest.mark.parametrize("setting", [{"sample_mode": "greedy"}, *SETTINGS], ids=["greedy", *IDS])


@EVERY
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_on_a_gpu_nothing_waits_for_numbers(setting, penalty, as_on_gpu):
    """Tensors without numbers: looking at one raises, and so does a tensor that was left on the CPU."""
    logits, previous = torch.empty(25, 3000, device="meta"), torch.empty(25, 4, device="meta", dtype=torch.int64)
    for dtype in (torch.float32, torch.bfloat16):
        tokens, entropy = Sampler(**setting, repetition_penalty=penalty).sample(logits.to(dtype), previous)
        assert tokens.is_meta and entropy.is_meta
        assert (tokens.shape, tokens.dtype, entropy.dtype) == ((25,), torch.int64, torch.float32)


@pytest.mark.parametrize(
    "looking",
    [lambda x: bool(x.any()), torch.nonzero, lambda x: x[x > 0], lambda x: x.numpy(), lambda x: x + torch.zeros(3)],
)
def test_tensors_without_numbers_show_who_looks(looking):
    with pytest.raises((RuntimeError, NotImplementedError, TypeError)):
        looking(torch.empty(2, 3, device="meta"))


@EVERY
def test_the_gpu_way_gives_the_same(setting, as_on_gpu):
    logits = torch.randn(30, 3000, generator=torch.Generator().manual_seed(0)) * 2
    logits = away_from_the_boundary(logits, margin=1e-6, **setting)
    assert len(logits) > 5
    sampler = Sampler(**setting)
    probs = sampler.probs(logits)
    torch.manual_seed(0)
    tokens, entropy = sampler.sample(logits)
    assert (probs.gather(1, tokens.unsqueeze(1)) > 0).all()
    torch.testing.assert_close(entropy.double(), torch.special.entr(probs.double()).sum(dim=1), atol=1e-3, rtol=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sampler_checks, "may_look", lambda tensor: True)
        torch.testing.assert_close(sampler.probs(logits), probs, atol=1e-6, rtol=0)


@EVERY
def test_on_a_gpu_a_bad_row_is_marked_and_told_of_later(setting, as_on_gpu):
    logits = torch.randn(4, 3000)
    logits[1, 7], logits[2], logits[3, 0] = math.nan, -math.inf, math.inf
    sampler = Sampler(**setting)
    tokens, entropy = sampler.sample(logits)
    assert ((tokens >= 0) & (tokens < 3000)).all()
    assert entropy.isnan().tolist() == [False, True, True, True]
    with pytest.raises(ValueError, match="logits: row 1 holds NaN"):
        sampler.check(entropy)
    sampler.check(entropy[:1])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@EVERY
def test_no_synchronisation_on_cuda(setting):
    logits = torch.randn(250, 30_000, device="cuda")
    sampler = Sampler(**setting)
    sampler.sample(logits)
    torch.cuda.set_sync_debug_mode("error")
    try:
        tokens, entropy = sampler.sample(logits)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert (tokens.device, entropy.device) == (logits.device, logits.device)
