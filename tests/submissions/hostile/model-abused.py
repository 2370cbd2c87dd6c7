"""Calls the model with tensors of a billion entries, of odd kinds, with its own state changed, from two threads.

What the model is asked with crosses from the student's process into the grader's.
"""

SCORES = {"generate": 0}
FAULT = (None, "timeout", "memory", "output", "crash")


# %% generate
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    import threading

    odd = [
        torch.zeros(1, dtype=torch.int64).expand(10**9).view(1, -1),
        torch.full((n_samples, 1), 2**62),
        torch.full((n_samples, 1), -1),
        torch.full((n_samples, 1), math.nan),
        torch.zeros(0, 1, dtype=torch.int64),
        torch.zeros((1,) * 60, dtype=torch.int64),
        torch.empty(3, 1, device="meta", dtype=torch.int64),
        None,
        [[1]],
        "import os",
        10**5000,
    ]
    start = torch.full((n_samples, 1), start_id)
    threads = [threading.Thread(target=lambda: [model(start) for _ in range(20)], daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for one in odd:
        for attempt in (
            lambda one=one: model(one),
            lambda one=one: model(start, init_states=one),
            lambda one=one: model(start, init_states=(one, one)),
            lambda one=one: sampler.sample(one),
        ):
            try:
                attempt()
            except Exception:
                continue
    for name in ("tape", "_tape", "tokens", "right", "ids", "answers", "ends"):
        if hasattr(model, name):
            return getattr(model, name), 0.0
    return start, 0.0
