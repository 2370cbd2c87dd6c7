"""`course submit`: check a homework notebook and pack it for the teacher. What students read is in Russian.

The zip has the layout that `course grade --submissions` takes: STUDENT/hw_sampler/hw_sampler.ipynb. A zip, and not
nbgrader's exchange, because it goes through any learning system, and a student's computer need not know the course's.
"""

import contextlib
import io
import os
import re
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from course_lib.submit_checks import Findings
    from course_lib.submit_run import Failure

HOMEWORK = Path(__file__).parent / "homework"
"""Where the kit's library holds the notebook as it was handed out."""

NAME = re.compile(r"[^\W_][\w.-]{0,63}")


class NotUnderstood(click.ClickException):
    """The command line is not understood; the message is a Russian sentence."""

    exit_code = 2

    def show(self, file: IO[str] | None = None) -> None:
        click.echo(self.format_message(), err=True, file=file)


def what_is_wrong(error: click.UsageError) -> str:
    """What click found in a command line, in Russian."""
    if isinstance(error, click.NoSuchOption):
        return f"параметра {error.option_name} нет"
    if isinstance(error, click.BadOptionUsage):
        return f"параметр {error.option_name} записан не так"
    return "в команде лишнее или незнакомое слово"


@contextlib.contextmanager
def in_russian(ctx: click.Context) -> Iterator[None]:
    """Errors of click come out as `NotUnderstood`; only a command without arguments still shows the help."""
    try:
        yield
    except click.UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        raise NotUnderstood(f"Команда не понята: {what_is_wrong(error)}. Справка: {ctx.command_path} --help") from error


class RussianHelp:
    """Help with Russian headings and errors in Russian, for click's commands and groups."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with in_russian(ctx):
            return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="Вызов: ")
        self.format_help_text(ctx, formatter)
        records = [parameter.get_help_record(ctx) for parameter in self.get_params(ctx)]
        with formatter.section("Параметры"):
            formatter.write_dl([record for record in records if record and record[1]])
        if commands := getattr(self, "commands", {}):
            with formatter.section("Команды"):
                formatter.write_dl([(name, one.get_short_help_str()) for name, one in commands.items()])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = "Показать эту справку."
        return option


class RussianCommand(RussianHelp, click.Command):
    """See `RussianHelp`."""


class RussianGroup(RussianHelp, click.Group):
    """See `RussianHelp`."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        with in_russian(ctx):
            return super().resolve_command(ctx, args)


@click.group(
    cls=RussianGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="",
    subcommand_metavar="КОМАНДА ...",
)
def main() -> None:
    """Домашнее задание: команда submit проверит блокнот и соберёт архив для преподавателя."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@main.command(cls=RussianCommand, short_help="Проверить блокнот и собрать архив.", options_metavar="[ПАРАМЕТРЫ]")
@click.argument("notebook", metavar="[БЛОКНОТ]", required=False, type=click.Path(path_type=Path))
@click.option("--name", metavar="ИМЯ", help="Ваше имя или логин: под ним работу найдёт преподаватель.")
@click.option("--out", metavar="ПАПКА", type=click.Path(path_type=Path), help="Куда положить архив (обычно сюда же).")
@click.option("--anyway", is_flag=True, help="Собрать архив, даже если проверка что-то нашла.")
@click.pass_obj
def submit(release: Path | None, notebook: Path | None, name: str | None, out: Path | None, anyway: bool) -> None:
    """Проверить домашнее задание и собрать его в архив для преподавателя.

    Блокнот выполняется сверху донизу в новом ядре; сам файл при этом не меняется. Если какой-то ответ пуст, ячейка
    потерялась или проверка не проходит, команда назовёт ячейку и скажет, что сделать.
    """
    from course_lib.submit_checks import Unreadable

    sys.stdout.reconfigure(errors="replace")  # a console of another code page must not stop anybody
    try:
        release = release or handed_out()
        path = notebook or Path(release.name)
        student = student_name(name) if name else None
        if not examine(path, release) and not (anyway or wants_anyway()):
            click.echo(f"\nАрхив не собран. Сдать как есть: course submit {path} --anyway")
            sys.exit(1)
        archive = pack(path, release.stem, student or ask_name(), out or Path())
    except Unreadable as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"\nГотово: {archive}. Отправьте этот файл преподавателю.")


def handed_out() -> Path:
    """The homework as it was handed out, from the kit. Raises Unreadable if this library is not a kit's."""
    from course_lib.submit_checks import Unreadable

    found = sorted(HOMEWORK.glob("*.ipynb"))
    if not found:
        raise Unreadable("В этой установке нет выданного блокнота. Установите библиотеку из комплекта ещё раз.")
    return found[0]


def examine(path: Path, release: Path) -> bool:
    """Check a notebook, telling how far it is and what to mend; returns whether there is nothing to mend."""
    from course_lib.submit_checks import look, read_notebook
    from course_lib.submit_run import run

    notebook = read_notebook(path)
    findings = look(notebook, read_notebook(release))
    failures = run(notebook, path.resolve().parent, findings.titles, progress)
    lines = [f"{findings.titles[name]}: ответ ещё не написан." for name in findings.empty]
    lines += [str(problem) for problem in findings.problems]
    bonus = findings.titles.keys() - findings.marked
    told = [one for one in failures if not is_no_wonder(one, findings)]
    lines += [f"{one.where}: {one.what}" for one in told if one.grade_id not in bonus]
    click.echo()
    for line in lines:
        click.echo(f"✗ {line}")
    for one in told:
        if one.grade_id in bonus:
            click.echo(f"• {one.where} (на оценку не влияет): {one.what}")
    if not lines:
        click.echo("✓ Блокнот выполняется сверху донизу, ячейки на месте, ответы написаны, проверки проходят.")
    return not lines


def is_no_wonder(failure: "Failure", findings: "Findings") -> bool:
    """Whether a cell failed only because an answer is not written, which is told already, or a bonus task is not."""
    return failure.kind == "NotImplementedError" and (bool(findings.empty) or failure.grade_id not in findings.marked)


def progress(number: int, total: int) -> None:
    """Show which cell is running."""
    ending = "" if sys.stdout.isatty() else "\n"
    start = "\r" if sys.stdout.isatty() else ""
    if number == total or number % 10 == 1 or sys.stdout.isatty():
        click.echo(f"{start}Выполняется ячейка {number} из {total}{ending}", nl=False)


def wants_anyway() -> bool:
    """Ask whether to pack in spite of what was found; where nobody can answer, no."""
    if not has_person():
        return False
    return click.prompt("\nВсё равно собрать архив? (да/нет)", default="нет").strip().lower() in ("да", "д", "y", "yes")


def has_person() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty()


def ask_name() -> str:
    """Ask for the student's name. Raises Unreadable where nobody can answer."""
    from course_lib.submit_checks import Unreadable

    if not has_person():
        raise Unreadable("Как вас зовут? Добавьте к команде --name и имя или логин.")
    while True:
        try:
            return student_name(click.prompt("\nВаше имя или логин"))
        except Unreadable as error:
            click.echo(str(error))


def student_name(text: str) -> str:
    """A name that can be a folder's: spaces become hyphens. Raises Unreadable if it cannot."""
    from course_lib.submit_checks import Unreadable

    name = "-".join(unicodedata.normalize("NFC", text).split())
    if not NAME.fullmatch(name) or name.endswith("."):
        raise Unreadable(
            f"Имя {text!r} не подходит: нужны буквы и цифры, можно дефис, точку и подчёркивание, всего до 64 знаков."
        )
    return name


def pack(path: Path, assignment: str, student: str, out: Path) -> Path:
    """Write the zip with the notebook, its outputs left out; the notebook itself stays as it is.

    Args:
        path: the notebook.
        assignment: name of the homework.
        student: a name that `student_name` let through.
        out: folder for the zip; made if it is not there.

    Returns:
        The zip, `ASSIGNMENT-STUDENT.zip`; an older one of this name is replaced.

    Raises:
        Unreadable: the zip cannot be written there.
    """
    import nbformat

    from course_lib.submit_checks import Unreadable, clear_outputs, read_notebook

    notebook = clear_outputs(read_notebook(path))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{student}/{assignment}/{assignment}.ipynb", nbformat.writes(notebook))
    target = out / f"{assignment}-{student}.zip"
    try:
        out.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.getvalue())
    except OSError as error:
        raise Unreadable(f"Не удалось записать {target}. Выберите другую папку: --out ПАПКА.") from error
    return target


if __name__ == "__main__":
    main()
