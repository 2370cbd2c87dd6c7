"""`course submit`: what is wrong is named with its cell, what is right is packed, and the notebook is not changed."""

import re
import zipfile

import nbformat
import pytest
from click.testing import CliRunner
from small_course import ASSIGNMENT, make_course
from small_course import submit as hand_in

from course_lib import submit as module
from course_lib import submit_checks, submit_run
from course_lib.submit import student_name, submit
from course_lib.submit_checks import Unreadable, look
from course_lib.submit_run import Failure
from grader.course import Course

RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "greet": "def greet(name):\n    return f'Привет, {name}'",
    "why": "Потому что сложение проще.",
}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The tiny homework: three answers, two checks; the last task of it carries no points."""
    from small_course import SOURCE, heading

    bonus = f"\n{heading('more', answer=True)}\ndef more(x):\n"
    bonus += "    ### BEGIN SOLUTION\n    return x + 3\n    ### END SOLUTION\n"
    bonus += f"\n{heading('test_more', 0)}\nassert more(1) == 4, 'more: Прибавьте три.'\n"
    course = Course(make_course(tmp_path_factory.mktemp("submit"), SOURCE + bonus))
    outcome = course.generate_release(ASSIGNMENT)
    assert outcome.success, outcome.log
    return course.notebook("release", ASSIGNMENT)


@pytest.fixture
def write(release, tmp_path):
    """Write a student's notebook; `change` may do more to it."""

    def write(change=None, **answers):
        path = hand_in(release, tmp_path / str(len(list(tmp_path.iterdir()))), "in", **{**RIGHT, **answers})
        notebook = nbformat.read(path, as_version=4)
        if change:
            change(notebook)
            nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def run(release, tmp_path):
    """`course submit` with a packed zip in `out`; the notebooks are really run."""

    def run(path, *options, code=0, text=None):
        arguments = [str(path), "--out", str(tmp_path / "out"), *options]
        result = CliRunner().invoke(submit, arguments, obj=release, input=text)
        assert result.exit_code == code, result.output
        return result.output

    return run


def index(notebook, name):
    [number] = [i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == name]
    return number


def problems(path, release):
    """What is told without running."""
    findings = look(*(nbformat.read(one, as_version=4) for one in (path, release)))
    return [str(problem) for problem in findings.problems], findings.empty


class TestWithoutRunning:
    def test_nothing_is_wrong_with_what_is_right(self, write, release):
        assert problems(write(), release) == ([], [])

    def test_the_release_itself_has_every_answer_empty_but_the_bonus(self, release):
        assert problems(release, release) == ([], ["double", "greet", "why"])

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("double", ""),
            ("double", "# потом"),
            ("double", "def double(x):\n    x = 1\n    raise NotImplementedError('Здесь будет ваше решение')"),
            ("why", "  \n"),
            ("why", "*Ваш ответ здесь.*  \n\n"),
        ],
    )
    def test_an_answer_that_was_not_written_is_named(self, write, release, name, text):
        assert problems(write(**{name: text}), release) == ([], [name])

    def test_a_lost_cell_is_named_by_its_heading(self, write, release):
        found, _ = problems(write(lambda notebook: notebook.cells.pop(index(notebook, "test_greet"))), release)
        [problem] = found
        assert problem.startswith("«A homework of two tasks") and "ячейка test_greet: эта ячейка потерялась" in problem
        assert "скопируйте её" in problem

    def test_a_doubled_cell_a_changed_type_and_a_changed_check(self, write, release):
        def change(notebook):
            notebook.cells.append(notebook.cells[index(notebook, "double")])
            notebook.cells[index(notebook, "greet")]["cell_type"] = "raw"
            notebook.cells[index(notebook, "test_greet")].source = "pass"

        found, _ = problems(write(change), release)
        assert [re.search(r"ячейка (\w+)", problem)[1] for problem in found] == ["double", "greet", "test_greet"]
        assert (
            "таких ячеек 2" in found[0] and "Верните ей тип Code" in found[1] and "текст проверки изменён" in found[2]
        )

    def test_white_space_is_no_change(self, write, release):
        def change(notebook):
            cell = notebook.cells[index(notebook, "test_double")]
            cell.source = "\n" + cell.source.replace("\n", "  \n") + "\n\n"

        assert problems(write(change), release) == ([], [])

    def test_added_cells_are_welcome(self, write, release):
        assert problems(
            write(lambda notebook: notebook.cells.insert(1, nbformat.v4.new_code_cell("1 + 1"))), release
        ) == (
            [],
            [],
        )

    def test_another_notebook_is_refused(self, release, tmp_path):
        other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
        with pytest.raises(Unreadable, match="другой блокнот"):
            look(other, nbformat.read(release, as_version=4))


class TestRun:
    def test_what_is_right_is_packed_and_stays_as_it_is(self, write, run, tmp_path):
        path = write(lambda notebook: notebook.cells[1].update(outputs=[nbformat.v4.new_output("stream", text="old")]))
        before = path.read_bytes()
        output = run(path, "--name", "Анна Петрова")
        assert "✓" in output and "✗" not in output and "Выполняется ячейка 1 из" in output
        assert f"{ASSIGNMENT}-Анна-Петрова.zip" in output
        assert path.read_bytes() == before
        with zipfile.ZipFile(tmp_path / "out" / f"{ASSIGNMENT}-Анна-Петрова.zip") as archive:
            assert archive.namelist() == [f"Анна-Петрова/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"]
            packed = nbformat.reads(archive.read(archive.namelist()[0]).decode(), as_version=4)
        written = nbformat.reads(before.decode(), as_version=4)
        assert [cell.source for cell in packed.cells] == [cell.source for cell in written.cells]
        assert [cell.metadata for cell in packed.cells] == [cell.metadata for cell in written.cells]
        assert not any(cell.get("outputs") for cell in packed.cells)

    def test_a_failing_check_is_told_in_its_own_words_and_everything_else_too(self, write, run, tmp_path):
        path = write(
            lambda notebook: notebook.cells.append(nbformat.v4.new_code_cell("print(\n1 / 0)")),
            double="def double(x):\n    return x * 3",
        )
        output = run(path, "--name", "anna", code=1)
        lines = [line for line in output.splitlines() if line.startswith("✗")]
        assert len(lines) == 2
        assert "ячейка test_double: Удвоить — значит сложить число с самим собой." in lines[0]
        assert re.match(
            r"✗ Ячейка \d+ \(print\(\): ячейка остановилась с ошибкой ZeroDivisionError: division by zero", lines[1]
        )
        assert "Restart Kernel" in lines[1]
        assert "Архив не собран" in output and "--anyway" in output
        assert not (tmp_path / "out").exists()

    def test_an_empty_answer_is_told_once_and_packed_anyway(self, write, run, tmp_path):
        path = write(greet="def greet(name):\n    raise NotImplementedError")
        output = run(path, "--name", "anna", "--anyway")
        assert [line for line in output.splitlines() if line.startswith("✗")] == [
            "✗ «A homework of two tasks, $p_i = \\frac{e^{z_i}}{Z}$», ячейка greet: ответ ещё не написан."
        ]
        assert (tmp_path / "out" / f"{ASSIGNMENT}-anna.zip").is_file()

    def test_a_cell_that_is_marked_to_be_skipped_is_run(self, write, run):
        path = write(
            lambda notebook: notebook.cells[index(notebook, "test_double")].metadata.update(tags=["skip-execution"]),
            double="def double(x):\n    return 0",
        )
        assert "✗" in run(path, "--name", "anna", code=1)

    def test_a_bonus_task_may_be_empty_and_wrong_it_is_only_told(self, write, run):
        assert "•" not in run(write(), "--name", "anna")
        output = run(write(more="def more(x):\n    return 0"), "--name", "anna")
        assert "✗" not in output
        assert "ячейка test_more (на оценку не влияет): more: Прибавьте три." in output

    def test_a_cell_that_does_not_end_is_named_and_nothing_waits_for_it(self, write, run, monkeypatch):
        monkeypatch.setattr(submit_run, "CELL_SECONDS", 2)
        path = write(double="import time\n\ndef double(x):\n    time.sleep(600)")
        output = run(path, "--name", "anna", code=1)
        [line] = [line for line in output.splitlines() if line.startswith("✗")]
        assert "ячейка test_double: ячейка думает дольше" in line

    def test_a_kernel_that_dies_is_named(self, write, run):
        path = write(double="import os\n\ndef double(x):\n    os._exit(1)")
        output = run(path, "--name", "anna", code=1)
        assert "ячейка test_double: на этой ячейке ядро упало" in output

    def test_the_kernel_is_fresh_and_works_in_the_notebooks_folder(self, write, run):
        def change(notebook):
            code = "import os\nassert os.path.isfile('there.txt')\nassert 'double' not in globals()"
            notebook.cells.insert(0, nbformat.v4.new_code_cell(code))

        path = write(change)
        path.with_name("there.txt").touch()
        assert "✗" not in run(path, "--name", "anna")


class TestQuestions:
    @pytest.fixture(autouse=True)
    def no_kernel(self, monkeypatch):
        """What is asked does not depend on what a run finds."""
        monkeypatch.setattr(submit_run, "run", lambda *_: self.failures)

    failures: list = []

    def test_a_name_is_asked_for_until_it_is_one(self, write, run, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "has_person", lambda: True)
        output = run(write(), text="../a\nanna\n")
        assert "Имя '../a' не подходит" in output
        assert (tmp_path / "out" / f"{ASSIGNMENT}-anna.zip").is_file()

    def test_where_nobody_answers_the_option_is_named(self, write, run):
        assert "Добавьте к команде --name" in run(write(), code=1)

    @pytest.mark.parametrize(("answer", "packed"), [("да", True), ("нет", False), ("", False)])
    def test_packing_in_spite_of_a_problem_is_asked(self, write, run, tmp_path, monkeypatch, answer, packed):
        monkeypatch.setattr(module, "has_person", lambda: True)
        monkeypatch.setattr(submit_run, "run", lambda *_: [Failure("Ячейка 1", "не так.", "KeyError", None)])
        output = run(write(), "--name", "anna", code=0 if packed else 1, text=f"{answer}\n")
        assert "✗ Ячейка 1: не так." in output and "Всё равно собрать архив?" in output
        assert (tmp_path / "out" / f"{ASSIGNMENT}-anna.zip").is_file() == packed

    def test_a_folder_that_cannot_be_written_is_a_sentence(self, write, run, tmp_path):
        (tmp_path / "file").write_text("")
        said = run(write(**RIGHT), "--name", "anna", "--out", str(tmp_path / "file"), code=1)
        assert "Не удалось записать" in said and "--out" in said

    def test_without_an_argument_the_notebook_here_is_meant(self, write, run, release, monkeypatch):
        monkeypatch.chdir(write().parent)
        result = CliRunner().invoke(submit, ["--name", "anna"], obj=release)
        assert result.exit_code == 0, result.output

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 1}', "\udc00"])
    def test_what_is_no_notebook_is_a_sentence(self, run, tmp_path, content):
        (tmp_path / "x.ipynb").write_bytes(content.encode("utf-8", "surrogatepass"))
        output = run(tmp_path / "x.ipynb", code=1)
        assert re.fullmatch(r"Файл x\.ipynb не читается как блокнот Jupyter\. .*[.]\n", output)

    def test_a_missing_and_a_huge_file_are_sentences(self, run, tmp_path, monkeypatch):
        assert "нет. Откройте терминал в папке" in run(tmp_path / "nothing.ipynb", code=1)
        monkeypatch.setattr(submit_checks, "MAX_BYTES", 5)
        (tmp_path / "x.ipynb").write_text("123456")
        assert "Очистите вывод ячеек" in run(tmp_path / "x.ipynb", code=1)

    def test_a_library_that_is_no_kits_says_so(self, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "HOMEWORK", tmp_path)
        result = CliRunner().invoke(submit, [str(tmp_path / "x.ipynb")])
        assert result.exit_code == 1 and "нет выданного блокнота" in result.output


@pytest.mark.parametrize(
    ("text", "name"), [("anna", "anna"), (" Анна  Петрова ", "Анна-Петрова"), ("й", "й"), ("s.1_2-3", "s.1_2-3")]
)
def test_names(text, name):
    assert student_name(text) == name


@pytest.mark.parametrize(
    "text", ["", " ", ".", "..", "../anna", "a/b", "a\\b", "-a", "_a", "a.", "a*", "a" * 65, "a\nb/"]
)
def test_what_is_no_folders_name_is_refused(text):
    with pytest.raises(Unreadable, match="не подходит"):
        student_name(text)


def test_help_is_russian():
    for command in (submit, module.main):
        text = CliRunner().invoke(command, ["--help"], prog_name="course").output
        words = set(re.findall(r"(?<![\w-])[A-Za-z]{3,}", text))
        assert words <= {"course", "submit", "help", "name", "out", "anyway"}, words


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["submit", "--nme", "x"], "параметра --nme нет"),
        (["submit", "--name"], "параметр --name записан не так"),
        (["submit", "a.ipynb", "b.ipynb"], "лишнее или незнакомое слово"),
        (["submitt"], "лишнее или незнакомое слово"),
    ],
)
def test_a_mistyped_command_is_answered_in_russian(line, told):
    result = CliRunner().invoke(module.main, line)
    assert result.exit_code == 2 and told in result.output and "--help" in result.output
    assert not re.search("Usage|Error|No such|Try", result.output)


def test_a_command_without_anything_shows_the_help():
    assert "Команды:" in CliRunner().invoke(module.main, []).output
