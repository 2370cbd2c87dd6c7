"""An input transformer turns every test cell into an empty one before it is even parsed.

Like the AST transformer it changes the kernel that nbgrader trusts with the tests.
"""

SCORES = {"nucleus_probs": 0}

# %% nucleus_probs
get_ipython().input_transformers_post.append(lambda lines: [] if any("grade_" in line for line in lines) else lines)


def nucleus_probs(probs, p):
    return probs
