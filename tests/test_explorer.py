"""The seminar's explorer: it shows what the settings do, answers to every control, and is seen without widgets."""

import re

import numpy as np
import pytest
import tiny
import torch
from bs4 import BeautifulSoup

from course_lib.explorer import LENGTH, TEXTS, Explorer
from course_lib.explorer_page import HIDE_STILL, Row, View, still_page
from course_lib.explorer_position import CUTS
from course_lib.sampler import Sampler

START = "Кот прочитал"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    tokenizer = tiny.make_tokenizer(tmp_path_factory.mktemp("tokenizer"))
    return tiny.make_lstm(len(tokenizer)), tokenizer


@pytest.fixture
def explorer(parts):
    return Explorer(*parts, {"кот": START, "начало": ""}, cuts=tuple(CUTS), penalty=True)


@pytest.fixture
def logits(parts):
    """The model's own prediction after START: [1, V]."""
    model, tokenizer = parts
    ids = torch.tensor([[tokenizer.cls_token_id, *tokenizer(START, add_special_tokens=False)["input_ids"]]])
    with torch.no_grad():
        return model(ids)[0][:, -1]


def move(explorer, cut, value=None, temp=1.0):
    explorer.cut.value, explorer.temp.value = cut, temp
    if value is not None:
        explorer.sliders[cut].value = value


def shown(explorer) -> BeautifulSoup:
    return BeautifulSoup(explorer.bars.value, "html.parser")


def told(explorer) -> list[str]:
    return [item.text for item in BeautifulSoup(explorer.told.value, "html.parser").find_all("li")]


def widths(explorer, kind) -> list[float]:
    """Widths of the bars of one kind, in per cent; none for a row without one."""
    found = [row.select_one(f"td.bars .{kind}") for row in shown(explorer).select("tbody tr")]
    return [float(re.search(r"width: ([\d.]+)%", bar["style"])[1]) if bar else 0.0 for bar in found]


POSITIONS = [
    ("all", None, 0.5, {"sample_mode": "random"}),
    ("all", None, 2.0, {"sample_mode": "random"}),
    ("topk", 3, 1.0, {"prob_mode": "topk", "sample_mode": "random", "k": 3}),
    ("topk", 50, 0.7, {"prob_mode": "topk", "sample_mode": "random", "k": 50}),
    ("nucleus", 0.6, 1.0, {"sample_mode": "nucleus", "p": 0.6}),
    ("min_p", 0.2, 1.5, {"sample_mode": "min_p", "min_p": 0.2}),
    ("typical", 0.4, 1.0, {"sample_mode": "typical", "typical_p": 0.4}),
]


@pytest.mark.parametrize(("cut", "value", "temp", "settings"), POSITIONS)
def test_bars_and_numbers_are_those_of_the_setting(explorer, logits, cut, value, temp, settings):
    move(explorer, cut, value, temp)
    before = logits[0].softmax(dim=0).double().numpy()
    after = Sampler(**settings, temp=temp).probs(logits)[0].double().numpy()
    order = np.argsort(-before)
    edges = [0, *range(1, 11), 50, len(order)]
    for kind, probs in [("was", before), ("is", after)]:
        heights = [probs[order][a:b].sum() * 100 for a, b in zip(edges, edges[1:], strict=False)]
        np.testing.assert_allclose(widths(explorer, kind), heights, atol=0.006)

    view = explorer.view()
    assert view.kept == (len(before), int((after > 0).sum()))
    entropies = [-(p[p > 0] * np.log(p[p > 0])).sum() for p in (before, after)]
    np.testing.assert_allclose(view.entropy, entropies, atol=1e-4)
    heated = torch.softmax(logits[0].double() / temp, dim=0).numpy()
    assert view.lost == pytest.approx(heated[after == 0].sum(), abs=1e-5)


def test_what_was_cut_is_marked_and_told(explorer):
    move(explorer, "topk", 3)
    rows = shown(explorer).select("tbody tr")
    assert ["cut" in row.get("class", []) for row in rows] == [False] * 3 + [True] * 9
    assert [row.find_all("td")[-1].text == "отрезано" for row in rows] == [False] * 3 + [True] * 9
    move(explorer, "topk", 20)
    assert [part.text for part in shown(explorer).select(".part")] == ["осталось 10"]


def test_only_the_slider_that_counts_is_seen(explorer):
    for cut in CUTS:
        explorer.cut.value = cut
        assert [name for name, slider in explorer.sliders.items() if slider.layout.display != "none"] == [
            name for name in explorer.sliders if name == cut
        ]


def test_k_goes_up_to_the_vocabulary(explorer, parts):
    values = [value for _, value in explorer.sliders["topk"].options]
    assert values[-1] == parts[0].vocab_size
    assert values == sorted(set(values))


@pytest.mark.parametrize("cut", CUTS)
def test_continuations_are_those_of_the_model_and_the_sampler(explorer, parts, cut):
    """Told again the plain way: the whole text read anew for every token."""
    model, tokenizer = parts
    move(explorer, cut)
    sampler = explorer.position.sampler()
    ids = [tokenizer.cls_token_id, *tokenizer(START, add_special_tokens=False)["input_ids"]]
    rows = torch.tensor([ids] * TEXTS)
    torch.manual_seed(explorer.seed)
    with torch.no_grad():
        for _ in range(LENGTH):
            tokens, _ = sampler.sample(model(rows)[0][:, -1])
            rows = torch.cat([rows, tokens.unsqueeze(1)], dim=1)
    whole = [tokenizer.decode(row).split("[SEP]")[0].replace("[CLS]", "") for row in rows.tolist()]
    endings = [" ■" if tokenizer.sep_token_id in row else "…" for row in rows.tolist()]
    expected = [f"…{text.split(START, 1)[1]}{ending}" for text, ending in zip(whole, endings, strict=True)]
    assert ["".join(text.split()) for text in told(explorer)] == ["".join(text.split()) for text in expected]


def test_one_position_tells_the_same_texts_and_others_other_ones(explorer):
    move(explorer, "all", temp=1.0)
    first = told(explorer)
    move(explorer, "all", temp=3.0)
    assert told(explorer) != first
    move(explorer, "all", temp=1.0)
    assert told(explorer) == first
    explorer.again.click()
    assert told(explorer) != first


def test_what_was_told_is_remembered(explorer, parts, monkeypatch):
    move(explorer, "all", temp=1.0)
    move(explorer, "all", temp=2.0)
    monkeypatch.setattr(parts[0], "forward", lambda *_: pytest.fail("the model was asked again"))
    move(explorer, "all", temp=1.0)


def test_random_numbers_and_threads_outside_are_left_alone(explorer):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    threads = torch.get_num_threads()
    move(explorer, "nucleus", 0.8, 1.3)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_a_text_that_is_over_is_marked(explorer, parts):
    context = explorer._read(START)
    end = parts[1].sep_token_id
    assert explorer._written(context, [*context.ids[0].tolist(), end, end]) == "… ■"
    word = parts[1]("кот", add_special_tokens=False)["input_ids"]
    assert explorer._written(context, context.ids[0].tolist() + word).endswith("кот…")


def test_contexts_are_chosen_or_typed(explorer):
    explorer.contexts.value = ""
    assert explorer.start.value == "" and "самое начало" in explorer.told.value
    explorer.start.value = "Снеговик"
    assert explorer.contexts.label == "своё"
    assert "Снеговик" in explorer.told.value
    explorer.contexts.value = START
    assert explorer.start.value == START


def test_what_is_typed_is_shown_as_text(explorer):
    explorer.start.value = "<img src=x onerror=alert(1)> & <b>"
    page = BeautifulSoup(explorer.bars.value + explorer.told.value, "html.parser")
    assert page.find(["img", "script"]) is None
    hostile = View((Row("<script>", 0.5, 0.5),), (1.0, 1.0), (2, 2), 0.0, "#000000", "<i>")
    assert BeautifulSoup(still_page(hostile, "<i>", ["<i>"]), "html.parser").find(["script", "i"]) is None


def test_a_long_context_is_read_from_its_end(explorer):
    explorer.start.value = "кот " * 2000
    assert explorer._read(explorer.start.value).ids.shape[1] <= 257


def test_the_penalty_makes_what_was_read_less_likely(explorer, logits):
    explorer.cut.value, explorer.penalty.value = "all", 2.0
    read = explorer._read(START).ids[0]
    scores = logits[0].clone()
    scores[read] = torch.where(scores[read] > 0, scores[read] / 2, scores[read] * 2)
    expected = scores.softmax(dim=0)[logits[0].argsort(descending=True)]
    view = explorer.view()
    np.testing.assert_allclose([row.after for row in view.rows[:10]], expected[:10], atol=1e-5)
    assert "штраф 2" in view.setting


def test_displayed_as_a_widget_and_as_a_still_page_that_it_hides(explorer, monkeypatch):
    outputs = []
    monkeypatch.setattr("course_lib.explorer.display", lambda data, raw: outputs.append(data))
    explorer._ipython_display_()
    live, still = outputs
    assert live[WIDGET]["model_id"] == explorer.box.model_id
    assert WIDGET not in still and still["image/png"]
    page = BeautifulSoup(still["text/html"], "html.parser")
    assert page.select_one(".explorer-still tbody tr") and page.select_one("li").text
    assert "Ползунки оживают" in page.text
    assert HIDE_STILL in explorer.numbers.value and HIDE_STILL not in still["text/html"]


def test_every_word_on_the_page_is_russian(explorer):
    """But for the names of methods, of parameters and of tokens."""
    view = View((), (1.0, 1.0), (2, 2), 0.0, "#000000", "")
    text = BeautifulSoup(still_page(view, "", []), "html.parser")
    text.style.decompose()
    assert set(re.findall(r"[A-Za-z]{2,}", text.text)) == {"JupyterLab"}


def test_colours_come_from_the_theme(explorer):
    style = BeautifulSoup(explorer.numbers.value, "html.parser").style.text
    for line in style.splitlines():
        for colour in re.findall(r"#[0-9a-f]{3,6}\b", line):
            assert re.search(rf"var\(--jp-[\w-]+, {colour}\)", line), line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"contexts": {}}, "contexts"), ({"cuts": ("top",)}, "cuts.*topk"), ({"cuts": ()}, "cuts")],
)
def test_mistakes_are_sentences(parts, arguments, message):
    with pytest.raises(ValueError, match=message):
        Explorer(*parts, **{"contexts": {"кот": START}, **arguments})
