"""Puts a finder of its own in front of all imports, and forgets the modules that are already there.

Whatever the process imports from now on is what the student makes up.
"""

SCORES = {"nucleus_probs": 0, "*": (0, 3)}
FAULT = (None, "crash", "timeout", "output")

# %% nucleus_probs
import importlib.abc
import importlib.machinery
import sys
import types


class _Anything(types.ModuleType):
    def __getattr__(self, name):
        return (lambda *args, **kwargs: None) if not name.startswith("__") else ()


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return _Anything(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, _Finder())
for _name in list(sys.modules):
    if _name.split(".")[0] in ("grader", "course_lib", "struct", "json", "traceback", "signal"):
        del sys.modules[_name]


def nucleus_probs(probs, p):
    return probs
