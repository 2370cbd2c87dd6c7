"""The loop of generation never stops: it asks the model and the sampler again and again.

The model of the test answers in the grader's own process, as often as it is asked.
"""

SCORES = {"generate": 0}
FAULT = (None, "timeout", "output")


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    tokens = torch.full((n_samples, 1), start_id)
    while True:
        try:
            logits, _ = model(tokens)
            sampler.sample(logits[:, -1])
        except Exception:
            continue
