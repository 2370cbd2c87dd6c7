"""The seminar notebook: what is committed, and a whole run of it on models that take seconds."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import tiny
from torch.utils.data import DataLoader

from course_lib.explorer_page import HIDE_STILL
from course_lib.train import train
from grader import notebooks, seminar

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "seminar_04_text_generation.ipynb"
SAMPLED = ["greedy", "t=1", "t=0.7", "t=1.5", "topk=50", "topk=500", "nucleus=0.95", "nucleus=0.7"]
LATER = ["min-p=0.1", "typical=0.9", "penalty=1.2"]
SETTINGS = ["source", "repetition", *SAMPLED, *LATER]
WIDGET = "application/vnd.jupyter.widget-view+json"
N_TEXTS = 6

# What the source document does, in its order, each by a piece of code that does it here.
STEPS = [
    "load_texts(CORPUS)",
    "split_texts(texts)",
    "DataLoader(test_texts",
    "load_tokenizer(TOKENIZER)",
    "getsource(LSTM.step)",
    "load_weights(WEIGHTS",
    "evaluate(lstm, test_loader, tokenizer)",
    "perplexity(lstm, test_texts",
    "GPTLoss(device, JUDGE)",
    "unique_words_rate(source_texts",
    "judge.compute(source_texts)",
    "def tell(",
    'sample_mode="greedy"',
    "judge.compute(greedy_texts)",
    "judge.compute(repetition)",
    'experiment("t=1", Sampler(prob_mode="temperature", sample_mode="random", temp=1.0))',
    'experiment("t=0.7", Sampler(prob_mode="temperature", sample_mode="random", temp=0.7))',
    'experiment("t=1.5", Sampler(prob_mode="temperature", sample_mode="random", temp=1.5))',
    'experiment("topk=50", Sampler(prob_mode="topk", sample_mode="random", k=50))',
    'experiment("topk=500", Sampler(prob_mode="topk", sample_mode="random", k=500))',
    'experiment("nucleus=0.95", Sampler(prob_mode="temperature", sample_mode="nucleus", p=0.95))',
    'experiment("nucleus=0.7", Sampler(prob_mode="temperature", sample_mode="nucleus", p=0.7))',
    "table(rows)",
    "plots.metrics(rows",
    "plots.reshaping(next_logits, samplers",
    "Explorer(lstm, tokenizer, contexts",
    'experiment("min-p=0.1", Sampler(sample_mode="min_p", min_p=0.1))',
    'experiment("typical=0.9", Sampler(sample_mode="typical", typical_p=0.9))',
    'experiment("penalty=1.2", Sampler(sample_mode="random", temp=0.7, repetition_penalty=1.2))',
]


@pytest.fixture(scope="module")
def committed():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def tiny_parts(tmp_path_factory):
    """Parameters of the notebook that name a small corpus and models that have read it a few times."""
    folder = tmp_path_factory.mktemp("tiny_parts")
    texts = [f"{text} {more}" for text in tiny.TEXTS for more in tiny.TEXTS if text != more]
    (folder / "corpus.txt").write_text("\n\n".join(texts), encoding="utf-8")
    tokenizer = tiny.make_tokenizer(folder / "tokenizer", texts)
    lstm = tiny.make_lstm(len(tokenizer))
    train(lstm, DataLoader(texts, batch_size=8), tokenizer, num_epochs=3, lr=0.02, patience=3)
    lstm.save_pretrained(folder / "lstm")
    tiny.make_gpt2(folder / "judge", tokenizer)
    names = {"CORPUS": "corpus.txt", "TOKENIZER": "tokenizer", "WEIGHTS": "lstm", "JUDGE": "judge"}
    return {name: str(folder / file) for name, file in names.items()}


@pytest.fixture(scope="module")
def executed(tiny_parts, tmp_path_factory):
    """What one run of the seminar left. One thread: models as small as these only wait for the others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        return seminar.run(tmp_path_factory.mktemp("executed_seminar"), {**tiny_parts, "N_TEXTS": N_TEXTS, "SEED": 3})


@pytest.fixture(scope="module")
def rows(executed):
    return json.loads(executed.metrics.read_text(encoding="utf-8"))


def code(notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def test_notebook_is_what_its_script_says():
    assert NOTEBOOK.read_text(encoding="utf-8") == notebooks.generate(NOTEBOOK.with_suffix(".py"))


def test_no_outputs_are_committed(committed):
    cells = [cell for cell in committed.cells if cell.cell_type == "code"]
    assert len(cells) > 20
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count is not None] == []
    assert committed.metadata.kernelspec.name == "python3"


def test_nothing_of_a_machine_is_committed():
    content = NOTEBOOK.read_text(encoding="utf-8") + NOTEBOOK.with_suffix(".py").read_text(encoding="utf-8")
    assert re.findall(r"/home/\w*|/root\b|/Users/\w*|/work/|/tmp\b|[A-Z]:\\\\|localhost|127\.0\.0\.1", content) == []


def test_parameters_cell_holds_every_parameter_and_its_default(committed):
    (cell,) = [cell for cell in committed.cells if "parameters" in cell.metadata.get("tags", [])]
    values: dict = {}
    exec(cell.source, values)
    values.pop("__builtins__")
    assert values.pop("N_TEXTS") == 5000  # as in the source document
    assert values == {"CORPUS": None, "TOKENIZER": None, "WEIGHTS": None, "JUDGE": None, "SEED": 42}


def test_steps_come_in_the_order_of_the_source_document(committed):
    content, places = code(committed), []
    for step in STEPS:
        assert step in content, f"no cell does {step!r}"
        places.append(content.index(step))
    assert places == sorted(places)


def test_every_question_says_how_hard_it_is_and_how_long_it_takes(committed):
    asked = [
        line
        for cell in committed.cells
        if cell.cell_type == "markdown"
        for line in re.findall(r"\*\*(?:Вопрос|Упражнение|Вопросы к рисунку)\*\*.*", cell.source)
    ]
    assert len(asked) > 20
    assert [line for line in asked if not re.search(r"\*\* \([★☆]{3}, \d+ минут[аы]?\)\.", line)] == []


def test_the_contents_plan_an_hour_and_a_half(committed):
    contents = next(cell.source for cell in committed.cells if "| раздел |" in cell.source)
    minutes = [int(number) for number in re.findall(r"^\| \[.*\| (\d+) \|$", contents, re.MULTILINE)]
    assert len(minutes) == 11 and sum(minutes[:10]) == 90
    titles = re.findall(r"^\| \[([^\]]+)\]", contents, re.MULTILINE)
    sections = [line[3:] for cell in committed.cells for line in cell.source.split("\n") if line.startswith("## ")]
    assert titles == sections[: len(titles)]


def test_questions_of_a_section_fit_its_minutes(committed):
    contents = next(cell.source for cell in committed.cells if "| раздел |" in cell.source)
    planned = dict(re.findall(r"^\| \[([^\]]+)\].*\| (\d+) \|$", contents, re.MULTILINE))
    text = "\n".join(cell.source for cell in committed.cells if cell.cell_type == "markdown")
    for title, section in re.findall(r"^## (\d.*)\n((?:(?!^## ).*\n?)*)", text, re.MULTILINE):
        needed = sum(int(minutes) for minutes in re.findall(r"[★☆]{3}, (\d+) минут", section))
        assert needed <= int(planned[title]), title


def test_everything_before_the_sampler_does_without_it(committed):
    """The kit has no compiled sampler for some platforms; one sentence says so, at the cell that needs it."""
    cells = [cell.source for cell in committed.cells if cell.cell_type == "code"]
    place = next(i for i, source in enumerate(cells) if "from course_lib.sampler import" in source)
    assert cells[place].strip() == "from course_lib.sampler import Sampler"
    imports = {
        name for source in cells[:place] for name in re.findall(r"^(?:from|import) (course_lib\S*)", source, re.M)
    }
    names = sorted({name if name != "course_lib" else "course_lib.plots" for name in imports})
    block = "import sys; sys.modules['course_lib.sampler'] = None\n"
    program = block + "\n".join(f"import {name}" for name in names)
    assert len(names) > 4
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_every_cell_of_code_is_led_up_to_by_words(committed):
    kinds = [cell.cell_type for cell in committed.cells]
    longest = max(len(run) for run in "".join("c" if kind == "code" else " " for kind in kinds).split())
    assert longest <= 3


@pytest.mark.slow
def test_every_setting_has_its_row(rows):
    assert sorted(row["setting"] for row in rows) == sorted(SETTINGS)
    assert all(set(row) == {"setting", "unique_words_rate", "entropy", "judge_loss"} for row in rows)
    assert [row["setting"] for row in rows if row["entropy"] is None] == ["source", "repetition"]
    assert all(0 < row["unique_words_rate"] <= 1 and row["judge_loss"] > 0 for row in rows)


@pytest.mark.slow
def test_rows_are_of_the_settings_that_they_name(rows):
    entropy = {row["setting"]: row["entropy"] for row in rows}
    assert entropy["greedy"] == 0
    assert 0 < entropy["t=0.7"] < entropy["t=1"] < entropy["t=1.5"]
    assert entropy["topk=50"] < entropy["topk=500"]
    assert entropy["nucleus=0.7"] < entropy["nucleus=0.95"] < entropy["t=1"]


@pytest.mark.slow
def test_k_beyond_the_vocabulary_tells_the_very_texts_of_temperature_one(rows):
    """The vocabulary has fewer than 500 tokens, and every experiment starts from the same seed."""
    by_name = {row["setting"]: row for row in rows}
    assert {**by_name["topk=500"], "setting": None} == {**by_name["t=1"], "setting": None}


@pytest.mark.slow
def test_greedy_texts_are_equal_copies(rows, executed):
    assert f"разных текстов: 1 из {N_TEXTS}" in printed(executed)


@pytest.mark.slow
def test_stepwise_reading_equals_reading_at_once(executed):
    (difference,) = re.findall(r"наибольшая разница логитов: (\S+)", printed(executed))
    assert float(difference) < 1e-4


@pytest.mark.slow
def test_what_is_in_use_is_printed(executed, tiny_parts):
    text = printed(executed)
    assert all(value in text for value in tiny_parts.values())
    assert "(текстов: 56)" in text


@pytest.mark.slow
def test_tables_and_pictures_are_shown(executed, rows):
    outputs = [output for cell in read(executed).cells for output in cell.get("outputs", []) if "data" in output]
    marked = [output.data["text/markdown"] for output in outputs if "text/markdown" in output.data]
    tables = [re.findall(r"^\| ([a-z]\S*) \|", text, re.MULTILINE) for text in marked if text.startswith("|")]
    settings = [row["setting"] for row in rows]
    assert tables == [settings[: -len(LATER)], settings]
    pictures = [output for output in outputs if "image/png" in output.data and "text/html" not in output.data]
    assert len(pictures) == 5


@pytest.mark.slow
def test_the_explorer_is_a_widget_here_and_a_still_page_in_html(executed):
    """The page has no widgets, so nothing there may hide the still one."""
    outputs = [output for cell in read(executed).cells for output in cell.get("outputs", []) if "data" in output]
    assert sum("Ползунки" in output.data.get("text/plain", "") for output in outputs if WIDGET in output.data) == 2
    page = executed.page.read_text(encoding="utf-8")
    assert page.count('<div class="explorer-still">') == 2
    assert HIDE_STILL not in page and WIDGET not in page


@pytest.mark.slow
def test_links_of_the_contents_lead_to_sections(executed):
    page = executed.page.read_text(encoding="utf-8")
    links = re.findall(r'<td[^>]*><a href="#([^"]+)"', page)
    assert len(links) == 11
    assert [link for link in links if f'id="{link}"' not in page] == []


@pytest.mark.slow
def test_progress_bars_are_gone_when_they_have_ended(executed):
    outputs = [output for cell in read(executed).cells for output in cell.get("outputs", []) if "data" in output]
    assert [output for output in outputs if WIDGET in output.data and "Ползунки" not in output.data["text/plain"]] == []


@pytest.mark.slow
def test_formulas_of_the_page_are_translated(executed):
    page = executed.page.read_text(encoding="utf-8")
    assert page.count("<math ") > 40
    assert re.findall(r"<m[io][^>]*>(?:\\[a-z]+|&amp;|&)</m[io]>", page) == []


def read(executed):
    return nbformat.read(executed.notebook, as_version=4)


def printed(executed) -> str:
    outputs = [output for cell in read(executed).cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
