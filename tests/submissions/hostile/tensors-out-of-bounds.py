"""A tensor that says it is larger than its memory: its storage was shrunk after the strides were set.

A copy of such a tensor reads beyond the end and brings down the process, or brings foreign memory.
"""

SCORES = {"entropy": 0, "draw": 0}
FAULT = (None, "crash", "memory", "output")


# %% entropy
def entropy(probs):
    answer = torch.zeros(len(probs))
    answer.untyped_storage().resize_(0)
    return answer


# %% draw
def draw(probs):
    import ctypes

    small = torch.zeros(1, dtype=torch.int64)
    pretended = torch.from_numpy(
        __import__("numpy").ctypeslib.as_array(ctypes.cast(small.data_ptr(), ctypes.POINTER(ctypes.c_int64)), (2**22,))
    )
    return pretended[2**20 : 2**20 + len(probs)]
