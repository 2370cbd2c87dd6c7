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


def living_only(buffered):
    """A loop whose model gets only the rows that are still written; the sampler too, or all with stale logits."""

    def generate(model, sampler, n_samples, start_id, end_id, max_length):
        ids = torch.full((n_samples, max_length + 1), end_id)
        ids[:, 0] = start_id
        rows, state, values, step = torch.arange(n_samples), None, [], 0
        everyone = torch.zeros(n_samples, model.vocab_size)
        while step < max_length and len(rows):
            logits, (h, c) = model(ids[rows, step, None], init_states=state)
            everyone[rows] = logits[:, -1]
            tokens, entropy = (
                (part[rows] for part in sampler.sample(everyone)) if buffered else sampler.sample(logits[:, -1])
            )
            step += 1
            ids[rows, step] = tokens
            values += entropy.tolist()
            going = tokens != end_id
            rows, state = rows[going], (h[going], c[going])
        return ids[:, : step + 1], sum(values) / len(values)

    return generate


def all_rows(hand=lambda z, alive, end: z, carry=lambda states, alive: states, ask=lambda sample, z: sample(z)):
    """A loop over all rows to the end, with other right ways to do a single thing."""

    def generate(model, sampler, n_samples, start_id, end_id, max_length):
        tokens, alive = torch.full((n_samples,), start_id), torch.ones(n_samples, dtype=torch.bool)
        states, ids, values = (torch.zeros(n_samples, model.hidden_size),) * 2, [tokens], []
        for _ in range(max_length):
            logits, states = model(tokens[:, None], init_states=states)
            states = carry(states, alive)
            tokens, entropy = ask(sampler.sample, hand(logits[:, -1], alive, end_id))
            values += entropy[alive].tolist()
            tokens = tokens.where(alive, torch.tensor(end_id))
            ids.append(tokens)
            alive = alive & (tokens != end_id)
            if not alive.any():
                break
        return torch.stack(ids, 1), sum(values) / len(values)

    return generate


def end_made_certain(logits, alive, end_id):
    certain = torch.full_like(logits, -torch.inf)
    certain[:, end_id] = 0
    return logits.where(alive[:, None], certain)


def entropy_first(sample, logits):
    entropy = sample(logits)[1]
    return sample(logits)[0], entropy


RIGHT_LOOPS = {
    "plain": loop(),
    "NumPy's float": loop(as_float=np.float32),
    "a list for the pair": lambda *args: list(M["generate"](*args)),
    "compact": living_only(buffered=False),
    "compact model, all to the sampler": living_only(buffered=True),
    "all rows": all_rows(),
    "end made certain": all_rows(hand=end_made_certain),
    "double precision": all_rows(hand=lambda z, alive, end: z.double(), carry=lambda s, alive: [x.double() for x in s]),
    "states of ended rows zeroed": all_rows(carry=lambda s, alive: tuple(x * alive[:, None] for x in s)),
    "through NumPy": all_rows(hand=lambda z, *_: torch.tensor(z.numpy()), carry=lambda s, _: [+x.clone() for x in s]),
    "token and entropy asked apart": all_rows(ask=lambda sample, z: (sample(z)[0], sample(z)[1])),
    "entropy asked first": all_rows(ask=entropy_first),
}


@pytest.mark.parametrize("form", RIGHT_LOOPS)
def test_right_loops_pass(form):
    for seed in range(5):
        cases.grade_generate(RIGHT_LOOPS[form], seed=seed)


def read_from_logits(model, sampler, *args):
    """What course_lib.tapes says of logits, without a question to the sampler."""

    class Reader:
        def sample(self, logits):
            best, tokens = logits[:, :-1].max(dim=1)
            return tokens, best - 1

    return M["generate"](model, Reader(), *args)


def first_texts_again(*args):
    ids, mean = M["generate"](*args)
    ids[6:] = ids[0]
    return ids, mean


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
    "at most 30": (lambda m, s, n, a, b, length: M["generate"](m, s, n, a, b, min(30, length)), "токенов 31"),
    "at most six texts": (first_texts_again, "строке"),
    "c made of h": (loop(states=lambda s: (s[0], s[0] + 100)), "не то состояние"),
    "h made of c": (loop(states=lambda s: (s[1] - 100, s[1])), "не то состояние"),
    "states rounded": (loop(states=lambda s: tuple(x.bfloat16().float() for x in s)), "не то состояние"),
    "never asks the sampler": (read_from_logits, "ни разу не спросили"),
    "logits clipped": (all_rows(hand=lambda z, *_: z.clamp(-20, 20)), "не те логиты"),
    "logits rounded": (all_rows(hand=lambda z, *_: z.half()), "не те логиты"),
    "best logits only": (
        all_rows(hand=lambda z, *_: z.where(z == z.amax(1, keepdim=True), -torch.inf)),
        "не те логиты",
    ),
    "rows in another order": (all_rows(hand=lambda z, *_: z.roll(1, 0)), "не тот токен"),
    "a list of three": (lambda *args: [*M["generate"](*args), 1], "нужна пара"),
    "a list, and the mean is wrong": (lambda *args: list(loop(count="all")(*args)), "после конца"),
    "ids in a list": (lambda *args: (M["generate"](*args)[0].tolist(), 0.5), "ids"),
    "ids float": (lambda *args: (lambda ids, mean: (ids.float(), mean))(*M["generate"](*args)), "int64"),
}


@pytest.mark.parametrize("mistake", WRONG_LOOPS)
def test_wrong_loops_fail(mistake):
    function, hint = WRONG_LOOPS[mistake]
    with pytest.raises(cases.WrongAnswer, match=hint) as caught:
        cases.grade_generate(function, seed=11)
    assert SENTENCE.match(str(caught.value)), str(caught.value)
