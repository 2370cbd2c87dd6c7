"""Hidden tests of generate: right loops pass, wrong ones fail with a sentence about the mistake."""

import numpy as np
import pytest
import torch
from homework_answers import SENTENCE, M

from grader import cases


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


def first_token_again(model, sampler, n_samples, start_id, *rest):
    def deaf(input_ids, init_states=None):
        return model(torch.full_like(input_ids, start_id), init_states)

    deaf.eval, deaf.parameters, deaf.hidden_size = model.eval, model.parameters, model.hidden_size
    return M["generate"](deaf, sampler, n_samples, start_id, *rest)


WRONG_LOOPS = {
    "state not carried": (loop(carry=False), "чистого листа"),
    "whole prefixes": (loop(last_only=False), "несколько токенов"),
    "ended rows revived": (loop(revive=True), "ожила"),
    "never stops": (loop(stop=False), "остановиться"),
    "entropy of ended rows": (loop(count="all"), "после конца"),
    "entropy without the end": (loop(count="before the end"), "конца тоже"),
    "mean of step means": (loop(count="steps"), "по всем токенам"),
    "h and c swapped": (loop(states=lambda s: (s[1], s[0])), "не то состояние"),
    "c lost": (loop(states=lambda s: (s[0], torch.zeros_like(s[1]))), "не то состояние"),
    "tensor for a float": (loop(as_float=torch.tensor), "float"),
    "same token again": (first_token_again, "не тот токен"),
    "no start": (loop(start=False), "start_id"),
    "batch of one": (squeezed_state, "IndexError"),
    "one too few": (lambda m, s, n, a, b, length: M["generate"](m, s, n, a, b, max(1, length - 1)), "generate"),
    "ids in a list": (lambda *args: (M["generate"](*args)[0].tolist(), 0.5), "ids"),
    "ids float": (lambda *args: (lambda ids, mean: (ids.float(), mean))(*M["generate"](*args)), "int64"),
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
