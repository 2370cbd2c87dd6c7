"""The exact cases: no size can be known beforehand, and no boundary is nearer than the task promises."""

import numpy as np
import pytest
from homework_answers import RIGHT, M

from grader import cases, reference
from grader.cases.exact import MAKE
from grader.cases.exact import RIGHT as REFERENCE
from grader.cases.probes import exact

PROMISED = 1e-3
SEEDS = range(40)


def cases_of(task, seed):
    return [case for part in MAKE[task](np.random.default_rng(seed)).values() for case in part]


@pytest.mark.parametrize("task", MAKE)
def test_sizes_and_parameters_differ_between_seeds(task):
    sizes = [{tuple(case.given.shape) for case in cases_of(task, seed)} for seed in SEEDS]
    assert len(set(map(frozenset, sizes))) == len(SEEDS)
    if task != "entropy":
        assert len({tuple(case.parameter for case in cases_of(task, seed)) for seed in SEEDS}) >= len(SEEDS) / 2


def test_no_nucleus_is_near_its_boundary():
    for seed in SEEDS:
        for case in cases_of("nucleus_probs", seed):
            if case.parameter < 1:
                assert reference.boundary_distance(exact(case.given), case.parameter) >= PROMISED, case.about


def test_no_cut_of_top_k_is_between_equals():
    for seed in SEEDS:
        for case in cases_of("top_k_probs", seed):
            if case.parameter < case.given.shape[1]:
                falling = -np.sort(-exact(case.given), axis=1)
                last, next_one = falling[:, case.parameter - 1], falling[:, case.parameter]
                assert (next_one <= last - PROMISED).all(), case.about  # also where both are impossible


def test_some_nuclei_hold_hundreds_of_tokens_of_thousands():
    for seed in SEEDS:
        wide = [case for case in cases_of("nucleus_probs", seed) if case.given.shape[1] >= 3000]
        sizes = [(REFERENCE["nucleus_probs"](exact(one.given), one.parameter) > 0).sum(axis=1).max() for one in wide]
        assert min(sizes) >= 200


def test_answers_that_know_sizes_fail():
    def of_known_sizes(logits, temp):
        known = (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 20, 30, 2000, 8000)
        return M["temperature_probs"](logits, temp) if logits.shape[1] in known else 0 * logits.float()

    with pytest.raises(cases.WrongAnswer):
        cases.grade_temperature_probs(of_known_sizes, seed=1)


@pytest.mark.parametrize("candidates", [12, 50, 100, 200])
def test_nuclei_of_few_candidates_fail(candidates):
    def nucleus(probs, p):
        kept = M["nucleus_probs"](probs, p) * (RIGHT["top_k_probs"][0](probs.log(), candidates) > 0)
        return kept / kept.sum(dim=1, keepdim=True)

    for seed in range(5):
        with pytest.raises(cases.WrongAnswer):
            cases.grade_nucleus_probs(nucleus, seed=seed)


def test_masses_in_half_precision_fail():
    def nucleus(probs, p):
        falling, ids = probs.sort(dim=-1, descending=True)
        mass = falling.bfloat16().float().cumsum(dim=-1)
        mass = falling.cumsum(dim=-1) if probs.shape[1] <= 12 else mass.half().float()
        kept = probs.new_zeros(probs.shape).scatter(-1, ids, falling * ((mass - falling < p) | (p == 1)))
        return kept / kept.sum(dim=-1, keepdim=True)

    for seed in range(10):
        with pytest.raises(cases.WrongAnswer, match="в строке осталось токенов"):
            cases.grade_nucleus_probs(nucleus, seed=seed)
