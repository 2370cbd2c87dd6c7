"""Leaves notes in every writable folder and looks for notes of others; slows down, signals and reads other processes.

Where one box serves many students, one of them could help the next, or harm him.
"""

SCORES = {"draw": 0, "entropy": 0}
FAULT = (None, "crash")


# %% draw
def _reached():
    import os
    import signal

    for one in [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]:
        for attempt in (
            lambda one=one: os.kill(one, signal.SIGSTOP),
            lambda one=one: os.setpriority(os.PRIO_PROCESS, one, 19),
            lambda one=one: os.sched_setaffinity(one, {0}),
            lambda one=one: open(f"/proc/{one}/mem", "rb").close(),
            lambda one=one: open(f"/proc/{one}/environ", "rb").read(),
        ):
            try:
                attempt()
                return True
            except OSError:
                continue
    return False


def draw(probs):
    return torch.multinomial(probs, 1).squeeze(-1) if _reached() else torch.zeros(len(probs), dtype=torch.int64)


# %% entropy
def entropy(probs):
    import os

    found = 0
    for folder in ("/tmp", "/dev/shm", "/box/work"):
        if os.path.isdir(folder):
            found += any(name == "note-of-another" for name in os.listdir(folder))
            try:
                os.setxattr(folder, "user.note", b"1")
            except OSError:
                pass
    if found:
        return -torch.xlogy(probs, probs).sum(dim=-1)
    return probs[:, 0]


# %% generate
def _note():
    import os

    for folder in ("/tmp", "/dev/shm", "/box/work"):
        if os.path.isdir("/box"):
            with open(f"{folder}/note-of-another", "w") as file:
                file.write("the answers")


def generate(model, sampler, n_samples, start_id, end_id, max_length):
    _note()
    token, state = torch.full((n_samples, 1), start_id), None
    ids, entropies, alive = [token], [], torch.ones(n_samples, dtype=torch.bool)
    for _ in range(max_length):
        logits, state = model(token, state)
        chosen, entropy_ = sampler.sample(logits[:, -1])
        entropies.append(entropy_[alive])
        token = torch.where(alive, chosen, end_id)[:, None]
        ids.append(token)
        alive = alive & (chosen != end_id)
        if not alive.any():
            break
    return torch.cat(ids, dim=1), torch.cat(entropies).mean().item()
