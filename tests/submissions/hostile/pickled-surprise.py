"""Returns objects that run a command when they are unpickled or copied, and leave a file where they could.

A grader that takes pickles from a student's process runs the student's code in its own.
"""

SCORES = {"entropy": 0, "draw": 0}


# %% entropy
class _Parcel:
    def __reduce__(self):
        return exec, ("open('/tmp/hostile-pickle', 'w').write('unpickled')",)

    def __copy__(self, *memo):
        with open("/tmp/hostile-copy", "w") as file:
            file.write("copied")
        return self

    __deepcopy__ = __copy__


def entropy(probs):
    return _Parcel()


# %% draw
def draw(probs):
    tokens = torch.zeros(len(probs), dtype=torch.int64)
    tokens.surprise = _Parcel()
    return tokens
