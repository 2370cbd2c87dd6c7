"""An answer that draws only where a test would look for it (in large batches, under a known seed) is found out."""

import pytest
import torch
from homework_answers import M, sampler_with

from grader.cases import drawing, examine, sampler
from grader.cases.asking import LocalNotebook


def draws_from(rows):
    """A `draw` that draws in batches of so many rows and more, and takes the most likely token in smaller ones."""
    return lambda probs: M["draw"](probs) if len(probs) >= rows else probs.argmax(dim=-1)


def passed(task, answer, seed=8):
    namespace = {**M, task: answer, "torch": torch}
    return {one.name: one.passed for one in examine(task, LocalNotebook(namespace), seed).properties}


@pytest.mark.parametrize("rows", [2, 10, 50])
def test_a_draw_that_is_greedy_in_small_batches_loses_its_interface(rows):
    assert passed("draw", draws_from(1)) == {"frequencies": True, "independence": True, "interface": True}
    assert passed("draw", draws_from(rows)) == {"frequencies": True, "independence": True, "interface": False}


@pytest.mark.parametrize("rows", [2, 10, 50])
def test_a_sampler_that_is_greedy_in_small_batches_loses_its_extremes(rows):
    lost = [name for name, good in passed("Sampler", sampler_with(draw=draws_from(rows))).items() if not good]
    assert lost == ["extremes"]


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
def test_small_batches_are_counted_among_the_randomised_tests(module):
    titles = [name for name, _ in module.tests()]
    assert [f"строк в батче: {rows}: fit" in titles for rows in module.SMALL_BATCHES] == [True] * 3
