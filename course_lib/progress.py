"""tqdm's bars, which here leave nothing behind in a notebook.

A bar that was closed with ``leave=False`` stays in the notebook's file as a widget without a model, and whoever opens
the file again reads an error in its place. Here its output is emptied instead.
"""

from __future__ import annotations

from IPython.display import display
from tqdm.auto import tqdm as _tqdm
from tqdm.notebook import tqdm_notebook

EMPTY = {"text/plain": ""}


class _Vanishing(_tqdm):
    """A bar in a notebook; with ``leave=False`` its output is emptied when it has come to its end."""

    def __init__(self, *args, **options):
        super().__init__(*args, **{**options, "display": False})
        self._output = None if self.disable else display(self.container, display_id=True)

    def close(self) -> None:
        has_come_to_its_end = not self.disable and not (self.total and self.n < self.total)
        super().close()
        if has_come_to_its_end and self._output and not self.leave:
            self._output.update(EMPTY, raw=True)


tqdm = _Vanishing if issubclass(_tqdm, tqdm_notebook) else _tqdm
