"""The explorer of the seminar: sliders over a real prediction of the model, and what they make of it at once.

Every answer is one piece of HTML and a handful of short texts: no picture is drawn while a slider moves, a context is
read once, and what was told before is remembered.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import ipywidgets
import torch
from IPython.display import display
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from course_lib import plots
from course_lib.expect import one_thread
from course_lib.explorer_page import Row, View, bars, continuations, live_style, numbers, still_page
from course_lib.explorer_position import CUTS, Cut, Position
from course_lib.model import State

SHOWN = 10  # tokens that have a bar of their own
TEXTS, LENGTH = 4, 12  # continuations, and the tokens of each
LONGEST = 256  # tokens of a context that are read; of a longer one the last
REMEMBERED = 500  # positions whose texts are kept
OWN = ("own",)  # the context that the reader typed: no text is equal to it
STYLE = {"description_width": "8.5em"}
WIDTH = "min(40em, 98%)"


@dataclass(frozen=True)
class Context:
    """A beginning that the model has read: ids int64[1, L], logits[1, V] of the next token, the state."""

    beginning: str
    ids: Tensor
    logits: Tensor
    state: State


class Explorer:
    """Sliders for temperature and truncation over a context; a notebook shows it when it is a cell's last value.

    ``contexts`` names some beginnings of texts; a reader may type another. ``cuts`` are names of CUTS, the last is
    on at first; ``penalty`` adds a slider for the repetition penalty. One position always tells the same texts, and
    all positions tell theirs by the same random numbers, so that only the setting makes the difference. Raises
    ValueError if there is no context, or for a cut that isn't known.
    """

    def __init__(
        self,
        model: nn.Module,
        tokenizer: PreTrainedTokenizerBase,
        contexts: Mapping[str, str],
        cuts: Sequence[str] = ("all", "topk", "nucleus"),
        penalty: bool = False,
        seed: int = 42,
    ):
        if not contexts:
            raise ValueError("contexts: there are none; give at least one, such as {'начало': ''}")
        if not cuts or any(name not in CUTS for name in cuts):
            raise ValueError(f"cuts must be some of {', '.join(CUTS)}, not {list(cuts)!r}")
        self.model, self.tokenizer, self.seed = model.eval(), tokenizer, seed
        self.token_names = tokenizer.convert_ids_to_tokens(list(range(model.vocab_size)))
        self._read = lru_cache(maxsize=REMEMBERED)(self._read_anew)
        self._told = lru_cache(maxsize=REMEMBERED)(self._tell)
        self._make_widgets(dict(contexts), list(cuts), penalty)
        self._refresh()
        self._watch()

    def _make_widgets(self, contexts: dict[str, str], cuts: list[str], penalty: bool) -> None:
        look = {"style": STYLE, "layout": {"width": WIDTH}}
        first = next(iter(contexts.values()))
        self.contexts = ipywidgets.Dropdown(
            options=[*contexts.items(), ("своё", OWN)], value=first, description="место", **look
        )
        self.start = ipywidgets.Text(
            first, description="начало", placeholder="впишите своё и нажмите Enter", continuous_update=False, **look
        )
        self.temp = ipywidgets.FloatSlider(
            1.0, min=0.1, max=3.0, step=0.05, readout_format=".2f", description="температура T", **look
        )
        self.cut = ipywidgets.ToggleButtons(
            options=[(CUTS[name].title, name) for name in cuts],
            value=cuts[-1],
            description="что отсечь",
            style={**STYLE, "button_width": "6em"},
            layout={"width": WIDTH},
        )
        self.sliders = {name: self._slider(CUTS[name], look) for name in cuts if CUTS[name].argument}
        self.penalty = ipywidgets.FloatSlider(
            1.0, min=1.0, max=2.0, step=0.05, readout_format=".2f", description="штраф θ", **look
        )
        self.again = ipywidgets.Button(description="Другие тексты", tooltip="те же настройки, другие случайные числа")
        self.numbers = ipywidgets.HTML()
        self.bars = ipywidgets.HTML(layout={"flex": "3 1 28em"})
        self.told = ipywidgets.HTML(layout={"flex": "2 1 18em"})
        page = ipywidgets.Box([self.bars, self.told], layout={"flex_flow": "row wrap", "grid_gap": "0 2em"})
        controls = [self.contexts, self.start, self.temp, self.cut, *self.sliders.values()]
        self.box = ipywidgets.VBox([*controls, *([self.penalty] if penalty else []), self.again, self.numbers, page])
        self.box.add_class("explorer-controls")

    def _slider(self, cut: Cut, look: dict) -> ipywidgets.SelectionSlider:
        values = cut.values_for(self.model.vocab_size)
        options = [(f"{value:g}" if value <= 1 else str(value), value) for value in values]
        first = cut.first if cut.first in values else values[-1]
        return ipywidgets.SelectionSlider(options=options, value=first, description=cut.label, **look)

    def _watch(self) -> None:
        self.contexts.observe(self._choose_context, "value")
        for widget in (self.start, self.temp, self.cut, self.penalty, *self.sliders.values()):
            widget.observe(self._refresh, "value")
        self.again.on_click(self._draw_again)

    def _choose_context(self, change: dict) -> None:
        if change["new"] != OWN:
            self.start.value = change["new"]

    def _draw_again(self, _: object) -> None:
        self.seed += 1
        self._refresh()

    def _refresh(self, _: object = None) -> None:
        """Answer to a move: the slider that counts now, the bars, and then the texts, which take longer."""
        for name, slider in self.sliders.items():
            slider.layout.display = None if name == self.cut.value else "none"
        if self.contexts.value not in (OWN, self.start.value):
            self.contexts.value = OWN
        with one_thread():
            view = self.view()
            self.numbers.value, self.bars.value = live_style() + numbers(view), bars(view)
            self.told.value = continuations(*self.texts())

    @property
    def position(self) -> Position:
        """Where the controls stand."""
        slider = self.sliders.get(self.cut.value)
        return Position(
            self.start.value,
            self.cut.value,
            slider.value if slider else None,
            self.temp.value,
            self.penalty.value,
            self.seed,
        )

    def view(self) -> View:
        """What the position makes of the model's prediction."""
        position = self.position
        context = self._read(position.text)
        before = context.logits.softmax(dim=1)[0]
        after = position.sampler().probs(context.logits, context.ids)[0]
        whole = position.uncut().probs(context.logits, context.ids)[0]
        return View(
            rows=tuple(self._rows(before.cpu(), after.cpu())),
            entropy=(_entropy(before), _entropy(after)),
            kept=(int((before > 0).sum()), int((after > 0).sum())),
            lost=float(whole[after == 0].sum()),
            colour=CUTS[position.cut].colour,
            setting=str(position),
        )

    def texts(self) -> tuple[str, tuple[str, ...]]:
        """What the model has read, and continuations of it with the position's setting."""
        position = self.position
        return self._read(position.text).beginning, self._told(position)

    def _rows(self, before: Tensor, after: Tensor) -> Iterator[Row]:
        """The likeliest tokens one by one, the others by rank."""
        order = before.argsort(descending=True)
        before, after = before[order], after[order]
        edges = plots.tail_edges(min(SHOWN, len(order)), len(order))
        for rank, token in enumerate(order[: edges[0]].tolist()):
            yield Row(self.token_names[token], float(before[rank]), float(after[rank]), kept=int(after[rank] > 0))
        for a, b in zip(edges, edges[1:], strict=False):
            kept = int((after[a:b] > 0).sum())
            yield Row(f"места {a + 1}–{b}", float(before[a:b].sum()), float(after[a:b].sum()), b - a, kept)

    @torch.no_grad()
    def _read_anew(self, text: str) -> Context:
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"][-LONGEST:]
        device = next(self.model.parameters()).device
        read = torch.tensor([[self.tokenizer.cls_token_id, *ids]], device=device)
        logits, state = self.model(read)
        return Context(self.tokenizer.decode(ids), read, logits[:, -1].float(), state)

    @torch.no_grad()
    def _tell(self, position: Position) -> tuple[str, ...]:
        """Continuations, told side by side. Random numbers outside go on as if nothing had been drawn."""
        context, sampler = self._read(position.text), position.sampler()
        ids, logits = context.ids.expand(TEXTS, -1), context.logits.expand(TEXTS, -1)
        state = tuple(part.expand(TEXTS, -1) for part in context.state)
        with torch.random.fork_rng(devices=[logits.device] if logits.is_cuda else []):
            torch.manual_seed(position.seed)
            for _ in range(LENGTH):
                tokens, _ = sampler.sample(logits, ids)
                ids = torch.cat([ids, tokens.unsqueeze(1)], dim=1)
                logits, state = self.model(tokens.unsqueeze(1), init_states=state)
                logits = logits[:, -1]
        return tuple(self._written(context, row) for row in ids.tolist())

    def _written(self, context: Context, ids: list[int]) -> str:
        """What a text adds to its beginning; ■ where it is over, dots where it would go on."""
        begun, added = context.ids.shape[1], ids[context.ids.shape[1] :]
        is_over = self.tokenizer.sep_token_id in added
        if is_over:
            added = added[: added.index(self.tokenizer.sep_token_id)]
        whole = self.tokenizer.decode(ids[1:begun] + added)
        rest = whole.removeprefix(context.beginning)
        return f"…{rest} ■" if is_over else f"…{rest}…"

    def still(self) -> dict[str, str]:
        """The position as it is, for where no widget can live: HTML, and a picture for paper."""
        position = self.position
        context, setting = self._read(position.text), {str(position): position.sampler()}
        figure = plots.reshaping(context.logits[0], setting, self.token_names, previous=context.ids[0])
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
        return {
            "text/html": still_page(self.view(), *self.texts()),
            "image/png": base64.b64encode(picture.getvalue()).decode(),
            "text/plain": f"Следующий токен, {position}",
        }

    def _ipython_display_(self) -> None:
        """Two outputs: the widget, and the still one, which the widget hides where it lives."""
        live = self.box._repr_mimebundle_()
        display({**live, "text/plain": "Ползунки: откройте и выполните блокнот в JupyterLab."}, raw=True)
        display(self.still(), raw=True)


def _entropy(probs: Tensor) -> float:
    return float(torch.special.entr(probs.double()).sum())
