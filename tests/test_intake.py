"""Intake: whatever lies in a student's folder, out come answers or one sentence, and never an exception."""

import ast
import json
import os

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_course import ASSIGNMENT, make_course

from grader import intake, rawfile, snippets
from grader.course import Course
from grader.homework import read_homework
from grader.intake import take_in

DOUBLE = "def double(x):\n    return 2 * x"
GREET = "def greet(name):\n    return 'Привет, ' + name"


@pytest.fixture(scope="module")
def homework(tmp_path_factory):
    course = Course(make_course(tmp_path_factory.mktemp("intake")))
    assert course.generate_release(ASSIGNMENT).success
    return read_homework(course, ASSIGNMENT)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "student" / ASSIGNMENT
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def raw(homework):
    """The released notebook as JSON, with the first answer filled in."""
    notebook = json.loads(nbformat.writes(homework.release))
    cell_of(notebook, "double")["source"] = DOUBLE
    return notebook


def cell_of(notebook, name):
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def place_of(notebook, name):
    return notebook["cells"].index(cell_of(notebook, name))


def code(source, **metadata):
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


@pytest.fixture
def hand_in(folder, homework):
    """Writes a notebook (JSON or bytes) and takes it in."""

    def write(notebook, name=f"{ASSIGNMENT}.ipynb"):
        content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        (folder / name).write_bytes(content)
        return take_in(folder, homework)

    return write


def test_a_plain_submission(hand_in, raw):
    found = hand_in(raw)
    assert found.answers == {"double": DOUBLE, "greet": None}
    assert found.texts == {"why": None}
    assert (found.helpers, found.repairs, found.problem) == ([], [], None)


@pytest.mark.parametrize("form", ["list", "crlf", "bom", "utf8"])
def test_forms_of_one_notebook(hand_in, raw, form):
    if form == "list":
        cell_of(raw, "double")["source"] = DOUBLE.splitlines(keepends=True)
    if form == "crlf":
        cell_of(raw, "double")["source"] = DOUBLE.replace("\n", "\r\n")
    content = json.dumps(raw, ensure_ascii=form != "utf8", indent=1).encode("utf-8-sig" if form == "bom" else "utf-8")
    assert hand_in(content.replace(b"\n", b"\r\n")).answers["double"] == DOUBLE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n ",
        b"{",
        b'{"cells": [',
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"{}",
        b'{"cells": {}}',
        b'{"cells": []}',
        b'{"cells": [1, null, "x", [], {"source": 5}]}',
        b"\xff\xfe{}",
        b"\x80",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"cells": [' + b'{"cells": [' * 5000 + b"]}" * 5000 + b"]}",
        b'{"nbformat": 3, "worksheets": 5}',
        b'{"nbformat": 3}',
        b'{"nbformat": 2, "worksheets": [{"cells": [{}]}]}',
        b'{"nbformat": [], "cells": []}',
        b'{"nbformat": 99, "pages": []}',
        b"\x00" * 1000,
        b"PK\x03\x04 a zip",
        b"<html>",
        b"9" * 10_000,
    ],
)
def test_what_is_no_notebook_has_a_problem(hand_in, content):
    found = hand_in(content)
    assert found.problem and found.problem.endswith(".") and not found.answers


def test_numbers_that_json_does_not_know_do_no_harm(hand_in, raw):
    text = json.dumps(raw)[:-1] + ', "a": [NaN, Infinity, -Infinity, 1e999, ' + "9" * 6000 + "]}"
    assert hand_in(text.encode()).answers["double"] == DOUBLE


def test_a_notebook_that_is_too_large_is_not_read(folder, homework, raw):
    path = folder / f"{ASSIGNMENT}.ipynb"
    path.write_text(json.dumps(raw))
    assert "больше" in take_in(folder, homework, max_bytes=100).problem
    with path.open("r+b") as file:
        file.truncate(100 * 2**20)
    assert "больше 20 МБ" in take_in(folder, homework).problem


def test_an_older_format_is_converted(hand_in, raw):
    old = nbformat.reads(json.dumps(raw), as_version=3)
    assert hand_in(nbformat.v3.writes_json(old).encode()).answers["double"] == DOUBLE


def test_links_and_other_things_in_place_of_the_file(folder, homework, raw, tmp_path):
    path = folder / f"{ASSIGNMENT}.ipynb"
    real = tmp_path / "real.ipynb"
    real.write_text(json.dumps(raw))
    path.symlink_to(real)
    assert "ссылка" in take_in(folder, homework).problem
    path.unlink()
    path.mkdir()
    assert take_in(folder, homework).problem
    path.rmdir()
    os.mkfifo(path)
    assert take_in(folder, homework).problem  # and does not wait for a writer
    path.unlink()
    path.symlink_to("/dev/zero")
    assert take_in(folder, homework).problem
    path.unlink()
    assert "нет файла" in take_in(folder, homework).problem


def test_a_linked_folder_is_not_entered(folder, homework, raw, tmp_path):
    (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(raw))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ASSIGNMENT).symlink_to(folder)
    (tmp_path / "linked").symlink_to(folder.parent)
    assert "ссылка" in take_in(tmp_path / "other" / ASSIGNMENT, homework).problem
    assert "ссылка" in take_in(tmp_path / "linked" / ASSIGNMENT, homework).problem
    assert take_in(tmp_path / "nowhere" / ASSIGNMENT, homework).problem


def test_a_renamed_notebook_is_taken_and_told(hand_in, raw):
    found = hand_in(raw, "hw_small (1).ipynb")
    assert found.answers["double"] == DOUBLE
    assert "hw_small (1).ipynb" in found.repairs[0]


def test_two_notebooks(hand_in, folder, homework, raw):
    hand_in(raw, "draft.ipynb")
    found = hand_in(raw)
    assert found.answers["double"] == DOUBLE and "другие" in found.repairs[0]
    (folder / f"{ASSIGNMENT}.ipynb").rename(folder / "second.ipynb")
    assert "несколько" in take_in(folder, homework).problem


def test_another_assignment(hand_in):
    notebook = {"nbformat": 4, "cells": [code("x = 1"), code("def other():\n    pass", nbgrader={"grade_id": "other"})]}
    assert "другая работа" in hand_in(notebook).problem


def test_a_copied_stub_is_dropped(hand_in, raw, homework):
    raw["cells"].append(code(homework.answers["double"].stub, **cell_of(raw, "double")["metadata"]))
    found = hand_in(raw)
    assert (found.answers["double"], found.repairs) == (DOUBLE, [])


def test_a_copied_cell_with_two_answers(hand_in, raw):
    later = "def double(x):\n    return x + x"
    raw["cells"].append(code(later, **cell_of(raw, "double")["metadata"]))
    found = hand_in(raw)
    assert found.answers["double"] == f"{DOUBLE}\n{later}"
    assert "несколько раз" in found.repairs[0]


def test_a_cell_split_in_the_middle_of_the_function(hand_in, raw):
    cell = cell_of(raw, "double")
    cell["source"] = "def double(x):"
    raw["cells"].insert(place_of(raw, "double") + 1, code("    return 2 * x", **cell["metadata"]))
    assert hand_in(raw).answers["double"] == DOUBLE


def test_of_two_copies_one_of_which_is_no_python_the_other_counts(hand_in, raw):
    raw["cells"].append(code("def double(x) return", **cell_of(raw, "double")["metadata"]))
    assert hand_in(raw).answers["double"] == DOUBLE


@pytest.mark.parametrize("source", [DOUBLE, f"```python\n{DOUBLE}\n```"])
@pytest.mark.parametrize("kind", ["markdown", "raw", "heading", None])
def test_a_retyped_answer_is_read_as_code(hand_in, raw, kind, source):
    cell_of(raw, "double").update(cell_type=kind, source=source)
    found = hand_in(raw)
    assert found.answers["double"] == DOUBLE
    assert "не кодовая" in found.repairs[0]


def test_a_retyped_answer_without_code_is_missing(hand_in, raw):
    cell_of(raw, "double").update(cell_type="markdown", source="Не знаю")
    found = hand_in(raw)
    assert found.answers["double"] is None and len(found.repairs) == 1


def test_a_deleted_answer_is_missing_and_told(hand_in, raw):
    del raw["cells"][place_of(raw, "double")]
    found = hand_in(raw)
    assert found.answers["double"] is None
    assert found.repairs == ["Ячейки «double» в блокноте нет."]


def test_an_answer_that_lost_its_metadata_is_found_by_name(hand_in, raw):
    cell = cell_of(raw, "double")
    cell.update(metadata={}, source=f"import math\n\n{DOUBLE}\n\nprint(double(3))")
    found = hand_in(raw)
    assert found.answers["double"] == DOUBLE
    assert found.helpers == ["import math"]
    assert "нет метки" in found.repairs[0]


def test_all_metadata_lost(hand_in, raw):
    cell_of(raw, "greet")["source"] = GREET
    cell_of(raw, "why")["source"] = "Потому что."
    for cell in raw["cells"]:
        cell["metadata"] = {}
    found = hand_in(raw)
    assert found.answers == {"double": DOUBLE, "greet": GREET}
    assert found.texts == {"why": "Потому что."}


def test_an_answer_written_in_a_new_cell(hand_in, raw, homework):
    cell_of(raw, "double")["source"] = homework.answers["double"].stub
    raw["cells"].append(code(DOUBLE))
    assert hand_in(raw).answers["double"] == DOUBLE


def test_an_unmarked_definition_counts_only_before_the_test(hand_in, raw):
    other = "def double(x):\n    return 0"
    raw["cells"].append(code(other))
    found = hand_in(raw)
    assert found.answers["double"] == DOUBLE and "без метки" in found.repairs[0]
    raw["cells"].insert(place_of(raw, "double") + 1, code(other))
    assert hand_in(raw).answers["double"] == f"{DOUBLE}\n{other}"


def test_helpers_are_only_what_makes_a_name_known(hand_in, raw):
    source = """
import numpy as np
from math import *
LIMIT, names = 10, ["a", "b"]
x: int = 3
squares = [i * i for i in (1, 2)]
called = print("now")
torch.softmax = evil
names[0] = "c"
print("a side effect")
for i in (1, 2):
    pass
@deco(1)
def helper(x):
    return x
class Thing:
    pass
try:
    import scipy
except ImportError:
    scipy = None
if LIMIT > 3:
    MORE = 1
if helper(1):
    SOME = 1
greet = helper
"""
    raw["cells"].insert(1, code(source))
    assert hand_in(raw).helpers == [
        "import numpy as np",
        "from math import *",
        'LIMIT, names = 10, ["a", "b"]',
        "x: int = 3",
        "squares = [i * i for i in (1, 2)]",
        "@deco(1)\ndef helper(x):\n    return x",
        "class Thing:\n    pass",
        "try:\n    import scipy\nexcept ImportError:\n    scipy = None",
        "if LIMIT > 3:\n    MORE = 1",
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%matplotlib inline\nx = 1", "pass  # %matplotlib inline\nx = 1"),
        ("%%time\nx = 1", "pass  # %%time\nx = 1"),
        ("def f():\n    !pip install x", "def f():\n    pass  # !pip install x"),
        ("files = !ls\nhelp?", "files = None  # !ls\npass  # help?"),
        ("files: list = !ls", "files: list = None  # !ls"),
        ("all[0] = %who", "all[0] = None  # %who"),
        ("a = b = %who", "a = b = None  # %who"),
        ("if x: y = !ls", "if x: y = None  # !ls"),
        ("for x in y: !ls", "for x in y: None  # !ls"),
        ("!pip install a \\\n    b\nx = 1", "pass  # !pip install a \\\n#     b\nx = 1"),
        ("if x:\n    y = !a \\\n b \\\n c\n    z", "if x:\n    y = None  # !a \\\n#  b \\\n#  c\n    z"),
        ("!ls \\\n" * 30, "pass  # !ls \\\n" + "# !ls \\\n" * 29 + "# "),
        ("!ls\n" * 30 + "print('p = %d' % 1)", "pass  # !ls\n" * 30 + "print('p = %d' % 1)"),
        ("!ls \\\ndef f():\n    pass", None),
        ("%%bash\nrm -rf /", "# %%bash\n# rm -rf /"),
        ("x = (7\n     % 4)", None),
        ('"""\n%time\n"""', None),
        ('"""\n%time\n"""\n%time', '"""\n%time\n"""\npass  # %time'),
        ("def f( return", None),
        ("%time\ndef f( return", None),
    ],
)
def test_commands_of_jupyter_are_taken_out(source, expected):
    assert snippets.without_magics(source) == (expected or source, expected is not None)


def test_a_command_in_an_answer_is_told(hand_in, raw):
    cell_of(raw, "double")["source"] = f"%%timeit\n{DOUBLE}"
    found = hand_in(raw)
    assert found.answers["double"] == f"pass  # %%timeit\n{DOUBLE}"
    assert "команды Jupyter" in found.repairs[0]


@pytest.mark.parametrize(
    "source",
    ["-" * 90_000 + "1", "(" * 5000, "a" + ".b" * 40_000, "x = '\\d'\x00", "lambda: " * 12_000, "1" + "+1" * 40_000],
)
def test_python_that_strains_the_parser_goes_to_the_box_as_it_is(hand_in, raw, source):
    cell_of(raw, "double")["source"] = source
    raw["cells"].append(code(source))
    assert hand_in(raw).answers["double"] == source


def test_answers_that_cannot_be_passed_on_cost_only_themselves(hand_in, raw):
    cell_of(raw, "double")["source"] = "# \ud83d\n" + DOUBLE
    cell_of(raw, "greet")["source"] = GREET + "\n" + "#" * 200_000
    cell_of(raw, "why")["source"] = "\ud83d да"
    raw["cells"].append(code("s = '\udc00'"))
    found = hand_in(json.dumps(raw).encode())
    assert found.answers == {"double": None, "greet": None}
    assert found.texts == {"why": "? да"}
    assert len(found.repairs) == 2 and not found.helpers


def test_comments_alone_are_no_answer(hand_in, raw):
    cell_of(raw, "double")["source"] = "# потом"
    assert hand_in(raw).answers["double"] is None


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        {"nbgrader": None},
        {"nbgrader": []},
        {"nbgrader": {"grade_id": None}},
        {"nbgrader": {"grade_id": ["double"]}},
        {"nbgrader": {"grade_id": {"a": 1}}},
        {"nbgrader": {"grade_id": "no such", "points": 1e9, "solution": "yes"}},
        {"nbgrader": {"grade_id": "test_double", "grade": True, "points": 1000}},
    ],
)
def test_hostile_metadata_is_not_believed(hand_in, raw, metadata):
    raw["cells"].insert(0, {"cell_type": "code", "source": "x = 1", "metadata": metadata, "outputs": 3})
    found = hand_in(raw)
    assert found.answers["double"] == DOUBLE and found.problem is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["double", "code", DOUBLE]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "nbformat", "metadata", "nbgrader", "grade_id", "source", "cell_type", "x"]),
            inner,
        )
    ),
    max_leaves=25,
)
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sound(found, homework):
    """Whether an intake is what the rest of the grader relies on."""
    json.dumps([found.answers, found.texts, found.helpers, found.repairs, found.problem], ensure_ascii=False).encode()
    if found.problem is not None:
        return not found.answers and not found.texts
    return set(found.answers) | set(found.texts) == set(homework.answers)


@SETTINGS
@given(data=JSON | st.builds(lambda cells: {"nbformat": 4, "cells": cells}, st.lists(JSON)))
def test_any_json_is_taken_in_or_has_a_problem(hand_in, homework, data):
    assert sound(hand_in(data), homework)


@SETTINGS
@given(content=st.binary(max_size=300))
def test_any_bytes_are_taken_in_or_have_a_problem(hand_in, homework, content):
    assert sound(hand_in(content), homework)


@SETTINGS
@given(data=st.data())
def test_a_notebook_damaged_anywhere_is_taken_in_or_has_a_problem(hand_in, homework, data):
    notebook = json.loads(nbformat.writes(homework.release))
    for _ in range(data.draw(st.integers(1, 4))):
        node = notebook
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
                node = node[key]
                continue
            node[key] = data.draw(JSON)
            break
        if not isinstance(notebook.get("cells"), dict | list) or not notebook["cells"]:
            break
    assert sound(hand_in(notebook), homework)


PIECES = ["%", "!", "\n", "def f():", " ", "x", "=", "?", '"""', "("]


@SETTINGS
@given(source=st.text(max_size=200) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_of_a_cell_can_be_looked_at(source):
    text, changed = snippets.without_magics(source)
    assert changed or text == source
    for statement in snippets.top_level(text):
        if snippets.is_helper(statement):
            assert snippets.parse(snippets.text_of(statement, snippets.lines_of(text)))


# The work is bounded ------------------------------------------------------------------------------------------------


@pytest.fixture
def calls(monkeypatch):
    """Makes a function count: calls(module, name) is a list of the arguments of its calls from then on."""

    def count(module, name):
        seen, real = [], getattr(module, name)

        def counted(*arguments, **settings):
            seen.append(arguments)
            return real(*arguments, **settings)

        monkeypatch.setattr(module, name, counted)
        return seen

    return count


FLOODS = {
    "copies of the answer": lambda number: [code(f"x{n} = 1", nbgrader=MARK) for n in range(number)],
    "copies of the answer that are no Python": lambda number: [code(f"x{n} = (", nbgrader=MARK) for n in range(number)],
    "copies of the answer as text": lambda number: [
        {**code(f"def double(x): return {n}", nbgrader=MARK), "cell_type": "markdown"} for n in range(number)
    ],
    "definitions of the answer without a mark": lambda number: [
        code(f"def double(x): return {n}") for n in range(number)
    ],
    "helpers": lambda number: [code(f"x{n} = 1\n" * 10) for n in range(number)],
    "helpers in one line": lambda number: [code("x = 1; " * 10 * number)],
    "cells that are no Python": lambda number: [code(f"x{n} = (\n%time\n" * 100) for n in range(number)],
    "commands": lambda number: [code(f"%time x{n}\nfor\n" * 100) for n in range(number)],
    "long cells": lambda number: [code("x = 1\n" * 16_000) for _ in range(number // 100)],
}
MARK = {"grade_id": "double", "solution": True}


@pytest.mark.parametrize("flood", FLOODS)
def test_the_parser_reads_no_more_than_the_caps_allow(hand_in, raw, homework, calls, flood):
    parsed, cut, compared = calls(ast, "parse"), calls(snippets, "text_of"), calls(intake, "_lines")
    raw["cells"] += FLOODS[flood](rawfile.MAX_CELLS - len(raw["cells"]))
    found = hand_in(raw)
    assert sound(found, homework) and found.problem is None
    times = 2 + snippets.COMMANDS  # see snippets.without_magics, and what is read of its result
    most = times * (intake.HELPERS + len(homework.answers) * snippets.LONGEST)
    assert sum(len(source) for source, *_ in parsed) <= most
    assert len(found.helpers) <= intake.MOST_HELPERS
    assert len(cut) <= intake.MOST_HELPERS + 1 + rawfile.MAX_CELLS
    assert len(compared) <= 2 * rawfile.MAX_CELLS


def test_helpers_beyond_the_cap_are_left_out_and_told(hand_in, raw, calls):
    cut = calls(snippets, "text_of")
    raw["cells"].append(code("x = 1; " * 10_000))
    found = hand_in(raw)
    assert len(found.helpers) == intake.MOST_HELPERS and "только первые" in found.repairs[0]
    assert len(cut) <= intake.MOST_HELPERS + 1
    raw["cells"][-1] = code("x = 1; " * intake.MOST_HELPERS)
    assert (len(hand_in(raw).helpers), hand_in(raw).repairs) == (intake.MOST_HELPERS, [])


def test_a_cell_that_is_too_long_costs_the_helpers_after_it_nothing(hand_in, raw):
    raw["cells"] += [code("data = '" + "x" * snippets.LONGEST + "'"), code("LIMIT = 3")]
    assert hand_in(raw).helpers == ["LIMIT = 3"]


def test_copies_that_are_too_long_together_cost_that_answer_only(hand_in, raw):
    cell_of(raw, "greet")["source"] = GREET
    raw["cells"] += [code(f"x = '{'y' * 1000}{n}'", nbgrader=MARK) for n in range(100)]
    found = hand_in(raw)
    assert found.answers == {"double": None, "greet": GREET}
    assert found.repairs == [intake.TOO_LONG.format("double", snippets.LONGEST)]


def test_more_cells_than_a_student_writes_are_not_looked_at(hand_in, raw, calls):
    looked_at = calls(rawfile, "_cell")
    raw["cells"] += [code("")] * rawfile.MAX_CELLS
    assert f"больше {rawfile.MAX_CELLS} ячеек" in hand_in(raw).problem
    assert not looked_at


@pytest.mark.parametrize(
    "lines", [["%time"] * 5000, ["x"] + ["!ls"] * 5000 + ["("], ["x = !ls \\"] * 5000, ["x = (", *["%time"] * 5000]]
)
def test_commands_of_jupyter_are_mended_one_by_one_only_a_few_times(calls, lines):
    parsed, mended = calls(ast, "parse"), calls(snippets, "_harmless")
    snippets.without_magics("\n".join(lines[:3000]))
    assert len(parsed) <= snippets.COMMANDS + 3
    assert len(mended) <= snippets.COMMANDS + len(lines)


@pytest.mark.parametrize("pattern", [snippets.COMMAND_INSIDE, snippets.OTHER_LANGUAGE])
def test_no_pattern_can_share_a_long_line_out_in_many_ways(pattern):
    """One repetition matches a line in one way; two of them try every place where one could end and the next begin."""
    assert sum(pattern.pattern.count(repeat) for repeat in "*+?{") <= 1


@pytest.mark.parametrize(
    "line",
    [
        "a" + " " * 90_000 + "b",
        "a, " * 30_000 + "b",
        " " * 90_000 + "?",
        "a = " * 20_000 + "%",
        ("=" + " " * 9000) * 10,
    ],
)
def test_long_lines_that_are_no_command_stay_as_they_are(line):
    assert snippets.without_magics(f"x = (\n{line}") == (f"x = (\n{line}", False)
    block = "```python\n" + "```\n \t\n" * 20_000 + "x"
    assert snippets.unfenced(block) == block


@pytest.mark.parametrize("number", [300, 480, 900, 5000])
def test_a_chain_of_elif_is_looked_at_without_going_deep(hand_in, raw, number):
    raw["cells"].append(code("if 1:\n    x = 1\n" + "elif 1:\n    x = 1\n" * number))
    assert hand_in(raw).answers["double"] == DOUBLE


def test_what_goes_too_deep_all_the_same_is_a_problem(hand_in, raw, monkeypatch):
    def deep(*_):
        raise RecursionError

    monkeypatch.setattr(intake, "_defined", deep)
    raw["cells"].append(code("x = 1"))
    assert "слишком сложно" in hand_in(raw).problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("![image.png](attachment:2f4c.png)", True),
        ("График: ![][a]\n\n[a]: x.png", True),
        ("<IMG src=x.png>", True),
        ("Ура! [Всё](x) верно![1] при $p<imgs$", False),
        ("![" * 50_000, False),
    ],
)
def test_a_picture_in_a_text_is_left_out_and_told(hand_in, raw, text, told):
    cell_of(raw, "why").update(source=text, attachments={"2f4c.png": {"image/png": "iVBORw0KGgo="}})
    found = hand_in(raw)
    assert found.texts == {"why": text}
    assert found.repairs == ([intake.PICTURE] if told else [])


def test_cells_in_the_worksheets_of_format_two(hand_in):
    cells = [{"cell_type": "code", "input": DOUBLE.splitlines()}, {"cell_type": "markdown", "source": ["Раз", "два"]}]
    found = hand_in({"nbformat": 2, "worksheets": [{"cells": cells[:1]}, {"cells": cells[1:]}]})
    assert found.answers["double"] == DOUBLE and found.texts["why"] == "Раз\nдва"
