"""The seminar's pictures: what is drawn is what the numbers say."""

import itertools

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from course_lib import plots
from course_lib.labels import place_labels
from course_lib.sampler import Sampler

# (setting, unique words, entropy, judge loss): the source document's numbers, nucleus moved down to 5,000 texts
ROWS = [
    dict(zip(("setting", "unique_words_rate", "entropy", "judge_loss"), row, strict=True))
    for row in [
        ("source", 0.252, None, 3.597),
        ("repetition", 0.05, None, 0.42),
        ("greedy", 0.000104, 0.0, 2.182),
        ("t=1", 0.281, 3.633, 6.998),
        ("t=0.7", 0.132, 2.306, 5.408),
        ("t=1.5", 0.359, 5.828, 8.564),
        ("topk=50", 0.185, 2.624, 6.251),
        ("topk=500", 0.266, 3.453, 6.910),
        ("nucleus=0.95", 0.245, 3.288, 6.926),
        ("nucleus=0.7", 0.165, 2.265, 5.834),
    ]
]
BY_NAME = {row["setting"]: row for row in ROWS}
PAIRS = [("entropy", "unique_words_rate"), ("entropy", "judge_loss"), ("unique_words_rate", "judge_loss")]
V = 700
SAMPLERS = {
    "greedy": Sampler(sample_mode="greedy"),
    "t=0.7": Sampler(sample_mode="random", temp=0.7),
    "t=1": Sampler(sample_mode="random"),
    "t=1.5": Sampler(sample_mode="random", temp=1.5),
    "topk=50": Sampler(prob_mode="topk", sample_mode="random", k=50),
    "topk=500": Sampler(prob_mode="topk", sample_mode="random", k=500),
    "nucleus=0.7": Sampler(sample_mode="nucleus", p=0.7),
    "nucleus=0.95": Sampler(sample_mode="nucleus", p=0.95),
}


@pytest.fixture(autouse=True)
def off_screen():
    with matplotlib.rc_context({"backend": "agg"}):
        yield


@pytest.fixture(scope="module")
def metrics_figure():
    return plots.metrics(ROWS, title="Заголовок")


@pytest.fixture(scope="module")
def logits():
    return torch.randn(V, generator=torch.Generator().manual_seed(5)) * 2.5


@pytest.fixture(scope="module")
def tokens():
    return [f"токен{i}" for i in range(V)]


@pytest.fixture(scope="module")
def reshaped(logits, tokens):
    return plots.reshaping(logits, SAMPLERS, tokens, top=8)


def panels(figure) -> dict:
    """The panels of the metrics picture by what their axes say."""
    titles = {title: name for name, title in plots.AXIS_TITLES.items()}
    return {(titles[a.get_xlabel()], titles[a.get_ylabel()]): a for a in figure.axes if a.get_xlabel()}


def label_boxes(axis) -> dict:
    axis.figure.draw_without_rendering()
    return {text.get_text(): text.get_window_extent() for text in axis.texts}


def test_metrics_shows_every_pair(metrics_figure):
    assert sorted(panels(metrics_figure)) == sorted(PAIRS)


@pytest.mark.parametrize("pair", PAIRS)
def test_metrics_draws_each_row_where_its_numbers_are(metrics_figure, pair):
    x, y = pair
    drawn = {tuple(np.round(c.get_offsets()[0], 9)) for c in panels(metrics_figure)[pair].collections}
    assert drawn == {(row[x], row[y]) for row in ROWS if row[x] is not None}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize(
    ("family", "path"),
    [
        ("temperature", ["greedy", "t=0.7", "t=1", "t=1.5"]),
        ("topk", ["greedy", "topk=50", "topk=500", "t=1"]),
        ("nucleus", ["greedy", "nucleus=0.7", "nucleus=0.95", "t=1"]),
    ],
)
def test_metrics_leads_each_family_from_greedy_on(metrics_figure, pair, family, path):
    colour = plots.FAMILIES[family][2]
    lines = [
        line for line in panels(metrics_figure)[pair].lines if line.get_color() == colour and line.get_linewidth() > 2
    ]
    (line,) = lines
    np.testing.assert_allclose(line.get_xydata(), [[BY_NAME[s][name] for name in pair] for s in path])


def test_metrics_draws_the_source_as_a_level_where_it_has_no_entropy(metrics_figure):
    for (x, y), axis in panels(metrics_figure).items():
        levels = [line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == "--"]
        assert levels == ([BY_NAME["source"][y]] if x == "entropy" else [])


@pytest.mark.parametrize("pair", PAIRS)
def test_metrics_labels_name_every_point_and_hide_nothing(metrics_figure, pair):
    axis = panels(metrics_figure)[pair]
    boxes = label_boxes(axis)
    shown = {row["setting"]: row for row in ROWS if row[pair[0]] is not None}
    assert sorted(boxes) == sorted(shown)
    for (a, one), (b, other) in itertools.combinations(boxes.items(), 2):
        assert not one.overlaps(other), f"{a} lies over {b}"
    for name, box in boxes.items():
        assert axis.bbox.x0 <= box.x0 and box.x1 <= axis.bbox.x1, f"{name} leaves the panel"
        assert axis.bbox.y0 <= box.y0 and box.y1 <= axis.bbox.y1, f"{name} leaves the panel"
        for setting, row in shown.items():
            mark = axis.transData.transform([row[key] for key in pair])
            assert not box.contains(*mark), f"{name} lies over the mark of {setting}"


def test_metrics_colours_tell_the_families_apart(metrics_figure):
    axis = panels(metrics_figure)[PAIRS[0]]
    at = {tuple(np.round(c.get_offsets()[0], 9)): to_hex(c.get_facecolor()[0]) for c in axis.collections}
    colour = {
        s: at[row["entropy"], row["unique_words_rate"]] for s, row in BY_NAME.items() if row["entropy"] is not None
    }
    assert colour["t=0.7"] == colour["t=1"] == colour["t=1.5"]
    assert len({colour["t=1"], colour["topk=50"], colour["nucleus=0.7"], colour["greedy"]}) == 4


def test_metrics_takes_settings_of_any_name_and_missing_families():
    mine = {"setting": "t=высокая", "unique_words_rate": 0.2, "entropy": 1.0, "judge_loss": 5.0}
    figure = plots.metrics([BY_NAME["source"], mine])
    assert set(label_boxes(panels(figure)[PAIRS[0]])) == {"t=высокая"}
    assert [line for line in panels(figure)[PAIRS[0]].lines if line.get_linewidth() > 2] == []


def test_metrics_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="rows"):
        plots.metrics([])


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_a_crowd_keep_apart(seed):
    figure, axis = plt.subplots(figsize=(8, 6))
    places = np.random.default_rng(seed).normal([0.5, 0.5], 0.06, size=(8, 2))
    axis.scatter(*places.T)
    axis.set(xlim=(0, 1), ylim=(0, 1))
    labels = place_labels(axis, [(x, y, f"setting={i}", "black") for i, (x, y) in enumerate(places)])
    boxes = [label.get_window_extent() for label in labels]
    plt.close(figure)
    assert len(boxes) == 8
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def widths(axis, label) -> np.ndarray:
    """Widths of the bars called ``label``, the top one first."""
    (bars,) = [container for container in axis.containers if container.get_label() == label]
    return np.array([bar.get_width() for bar in bars])


def expected_bars(probs, order) -> np.ndarray:
    ranked = np.asarray(probs, dtype=float)[order]
    return np.concatenate([ranked[:8], [ranked[8:50].sum(), ranked[50:500].sum(), ranked[500:].sum()]])


def reference(logits, setting) -> np.ndarray:
    """The distribution of a setting in float64 NumPy."""
    z = logits.double().numpy()
    kind, _, value = setting.partition("=")
    probs = np.exp((z - z.max()) / (float(value) if kind == "t" else 1.0))
    ranks = np.argsort(np.argsort(-z))
    if kind == "greedy":
        probs = np.where(ranks == 0, 1.0, 0.0)
    if kind == "topk":
        probs = np.where(ranks < int(value), probs, 0.0)
    probs = probs / probs.sum()
    if kind == "nucleus":
        ahead = np.cumsum(np.sort(probs)[::-1]) - np.sort(probs)[::-1]
        probs = np.where(ahead[ranks] < float(value), probs, 0.0)
    return probs / probs.sum()


def panel_of(figure, setting):
    (axis,) = [axis for axis in figure.axes if axis.get_title().strip() == setting]
    return axis


@pytest.mark.parametrize("setting", SAMPLERS)
def test_reshaping_draws_the_setting_over_the_models_own_distribution(reshaped, logits, setting):
    axis, order = panel_of(reshaped, setting), np.argsort(-logits.numpy())
    np.testing.assert_allclose(widths(axis, "before"), expected_bars(reference(logits, "t=1"), order), atol=1e-5)
    np.testing.assert_allclose(widths(axis, "after"), expected_bars(reference(logits, setting), order), atol=1e-5)
    assert widths(axis, "after").sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("setting", SAMPLERS)
def test_reshaping_writes_entropy_and_number_of_tokens(reshaped, logits, setting):
    probs = reference(logits, setting)
    kept = probs[probs > 0]
    entropy = float(-(kept * np.log(kept)).sum())
    (note,) = [t.get_text() for t in panel_of(reshaped, setting).texts if "энтропия" in t.get_text()]
    assert note == f"энтропия {abs(entropy):.2f} · токенов {len(kept)}"


def test_reshaping_names_the_rows_in_falling_order(reshaped, logits):
    names = [text.get_text() for text in reshaped.axes[0].get_yticklabels()]
    best = [f"токен{i}" for i in logits.argsort(descending=True)[:8].tolist()]
    assert names == [*best, "места 9–50", "места 51–500", "места 501–700"]
    assert reshaped.axes[0].yaxis_inverted()


def test_reshaping_of_a_small_vocabulary_has_no_tail():
    figure = plots.reshaping(torch.tensor([0.0, 2.0, 1.0]), {"t=1": SAMPLERS["t=1"]}, ["а", "б", "в"])
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["б", "в", "а"]


def test_reshaping_numbers_stay_within_their_panel(reshaped):
    reshaped.draw_without_rendering()
    for axis in reshaped.axes:
        for text in axis.texts:
            box = text.get_window_extent()
            assert axis.bbox.x0 <= box.x0 and box.x1 <= axis.bbox.x1, text.get_text()


def test_reshaping_leaves_the_logits_alone(logits, tokens):
    before = logits.clone()
    plots.reshaping(logits, SAMPLERS, tokens)
    assert torch.equal(logits, before)


def test_reshaping_wants_a_sampler_and_a_name_for_every_token(logits, tokens):
    with pytest.raises(ValueError, match="samplers"):
        plots.reshaping(logits, {}, tokens)
    with pytest.raises(ValueError, match="700.*3 names"):
        plots.reshaping(logits, SAMPLERS, ["а", "б", "в"])


def test_next_tokens_are_the_likeliest_in_falling_order(logits, tokens):
    probs = logits.softmax(dim=0)
    axis = plots.next_tokens(probs, tokens, top=5).axes[0]
    np.testing.assert_allclose([bar.get_width() for bar in axis.patches], probs.sort(descending=True).values[:5])
    names = [text.get_text() for text in axis.get_yticklabels()]
    assert names == [tokens[i] for i in probs.argsort(descending=True)[:5].tolist()]


@pytest.mark.parametrize("sharpness", [0.1, 1, 10])
def test_next_tokens_scale_has_different_numbers(logits, tokens, sharpness):
    axis = plots.next_tokens((logits * sharpness).softmax(dim=0), tokens).axes[0]
    ticks = [text.get_text() for text in axis.get_xticklabels()]
    assert len(ticks) >= 3
    assert len(set(ticks)) == len(ticks)


def test_pictures_show_text_with_dollars_as_it_is(logits):
    names = [f"${i}$" for i in range(V)]
    figure = plots.next_tokens(logits.softmax(dim=0), names, title="5 $ и 6 $")
    figure.draw_without_rendering()
    assert all(not text.get_parse_math() for text in figure.axes[0].get_yticklabels())


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (0.0004, "<0.1 %"), (0.0123, "1.2 %"), (0.5, "50 %"), (0.096, "10 %"), (1, "100 %")]
)
def test_percent(share, text):
    assert plots.percent(share) == text


def test_pictures_are_white_in_a_dark_notebook_and_leave_its_style_alone(logits, tokens):
    with plt.style.context("dark_background"):
        before = dict(matplotlib.rcParams)
        figures = [plots.metrics(ROWS), plots.next_tokens(logits.softmax(dim=0), tokens)]
        assert dict(matplotlib.rcParams) == before
    for figure in figures:
        assert to_hex(figure.get_facecolor()) == "#ffffff"
        figure.draw_without_rendering()
        texts = [figure.axes[0].xaxis.label, *figure.axes[0].get_xticklabels(), *figure.axes[0].get_yticklabels()]
        assert {to_hex(text.get_color()) for text in texts} == {"#000000"}


def test_pictures_are_closed_so_that_a_notebook_shows_them_once(metrics_figure, reshaped):
    assert plt.get_fignums() == []
