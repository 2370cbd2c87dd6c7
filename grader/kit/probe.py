"""Run by itself, in a Python of its own: what `inspect` tells of the hidden modules of an unpacked kit.

    python -I probe.py FOLDER MODULE ...

Prints one sentence for everything whose source is shown and for every module without a docstring.
"""

import importlib
import inspect
import sys


def parts(module):
    """A module and the classes and functions that it defines, with their names."""
    yield module.__name__, module
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        yield f"{module.__name__}.{name}", value
        if inspect.isclass(value):
            methods = {key: one for key, one in vars(value).items() if callable(one)}
            yield from ((f"{module.__name__}.{name}.{key}", one) for key, one in methods.items())


def shows_source(thing) -> bool:
    """Whether `inspect.getsource` gives a text for it."""
    try:
        return bool(inspect.getsource(inspect.unwrap(thing)))
    except (OSError, TypeError):
        return False


def main(folder: str, *names: str) -> None:
    """Look at the modules in a folder."""
    sys.path.insert(0, folder)
    for name in names:
        module = importlib.import_module(name)
        if not (module.__file__ or "").startswith(folder):
            raise ImportError(f"{name} came from {module.__file__}, not from the kit")
        if not module.__doc__:
            print(f"{name}: the docstring is lost")
        for title, thing in parts(module):
            if shows_source(thing):
                print(f"{title}: inspect.getsource shows the source")


if __name__ == "__main__":
    main(*sys.argv[1:])
