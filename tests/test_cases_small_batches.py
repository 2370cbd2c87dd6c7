"""An answer that draws only where a test would look for it (in large batches, under a known seed) is found out."""

import numpy as np
import pytest
import torch
from homework_answers import M, sampler_with

from grader.cases import drawing, examine, sampler
from grader.cases import settings as cases_settings
from grader.cases.asking import LocalNotebook
from grader.cases.settings import MOST_ROWS, random_batches


def draws_from(rows):
    """A `draw` that draws in batches of so many rows and more, and takes the most likely token in smaller ones."""
    return lambda probs: M["draw"](probs) if len(probs) >= rows else probs.argmax(dim=-1)


def passed(task, answer, seed=8):
    namespace = {**M, task: answer, "torch": torch}
    return {one.name: one.passed for one in examine(task, LocalNotebook(namespace), seed).properties}


@pytest.mark.parametrize("rows", [2, 10, 50])
def test_a_draw_that_is_greedy_in_small_batches_loses_its_interface(rows):
    assert passed("draw", draws_from(1)) == {"frequencies": True, "independence": True, "interface": True}
    found = passed("draw", draws_from(rows))
    assert found["frequencies"] and not found["interface"]


@pytest.mark.parametrize("rows", [2, 10, 50])
def test_a_sampler_that_is_greedy_in_small_batches_loses_its_extremes(rows):
    lost = [name for name, good in passed("Sampler", sampler_with(draw=draws_from(rows))).items() if not good]
    assert "extremes" in lost and set(lost) <= {"draws", "extremes"}


def test_no_seed_can_be_recognised():
    """The answer repeats itself only for seeds that it has seen in earlier gradings."""
    seen = set()
    own = torch.Generator()

    def draw(probs):
        known = torch.initial_seed() in seen
        seen.add(torch.initial_seed())
        return torch.multinomial(probs, 1, generator=None if known else own).squeeze(-1)

    assert not passed("draw", draw, seed=1)["interface"]
    assert not passed("draw", draw, seed=2)["interface"]


@pytest.mark.parametrize("module", [drawing, sampler])
def test_settings_of_few_draws_are_counted_among_the_randomised_tests(module):
    names = [name for name, _ in module.tests()]
    for setting in module.settings_of_few(np.random.default_rng(3)):
        for test in ("fit", "equal neighbours", "equal calls"):
            assert f"{setting.title}: {test}" in names
        assert (f"{setting.title}: zeros" in names) == (0 in setting.probs)


@pytest.mark.parametrize("module", [drawing, sampler])
@pytest.mark.parametrize("seed", range(20))
def test_bounds_hold_for_all_probabilities_and_sizes(module, seed):
    """`tests` says the same whatever the numbers are, so it counts what every examination meets."""
    rng = np.random.default_rng(seed)
    found = [*module.settings(rng), *module.settings_of_few(rng)]
    assert [*cases_settings.tests_of(found), module.tests()[-1]] == module.tests()
    for setting in found:
        assert setting.rows <= MOST_ROWS and min(setting.batches) >= 1
        assert sum(setting.probs) == pytest.approx(1) and len(setting.values) == len(setting.probs)
        if setting.cells:
            masses = np.add.reduceat(setting.probs, setting.cells)
            assert masses[masses > 0].min() > 0.1 and len(masses) == 4 + (0 in setting.probs)


@pytest.mark.parametrize(("large", "small"), [(1, 0), (2, 3), (3, 0)])
def test_random_batches_have_the_rows_that_were_asked_for(large, small):
    for seed in range(50):
        sizes = random_batches(np.random.default_rng(seed), 1000, large, small)
        assert sum(sizes) == 1000 and len(sizes) == large + small and sum(size <= 64 for size in sizes) == small
