"""The `course` command: reads arguments and shows results. The work and the heavy imports are in the modules behind."""

import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from grader.paths import ASSIGNMENT, CourseError, assignments_dir, build_dir, repo_root
from grader.showing import run_grading, run_preview, say, show, show_places, show_report

EXIT_NO_VERDICT = 3
DEMO_TEXTS = 1000  # a setting of the seminar; the notebook's own number may take longer
POSITIVE = click.FloatRange(min=0, min_open=True)


def sentence_errors(command: Callable) -> Callable:
    """Show an instructor's mistake as a sentence and not as a traceback."""

    @wraps(command)
    def run(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except CourseError as error:
            raise click.ClickException(str(error)) from error

    return run


course_option = click.option(
    "--course",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    help="Another course folder than assignments/ (one for each term, say).",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A seminar on text generation and its homework: run, build, grade."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; name the notebooks that drifted and exit with 1.")
@course_option
@sentence_errors
def notebooks(check: bool, root: Path | None) -> None:
    """Write each ipynb anew from the percent script beside it: the kit's, or those of a course folder."""
    from grader import notebooks as module

    home = root or repo_root()
    scripts = module.scripts_of_course(home) if root else module.scripts(home)
    changed = module.drifted(scripts) if check else module.sync(scripts)
    for path in changed:
        click.echo(f"{path.relative_to(home)} {'is not what its script says' if check else 'written'}")
    if not changed:
        click.echo("Every notebook is what its script says.")
    if check and changed:
        click.echo(f"Run `course notebooks{f' --course {root}' if root else ''}` to write them anew.")
        sys.exit(1)


@main.command()
@sentence_errors
def solutions() -> None:
    """Execute the homework's source and write the solved notebook into solutions/."""
    from grader.solved import write_solved

    source = assignments_dir() / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    click.echo(f"{write_solved(source, repo_root() / 'solutions' / source.name)} written")


@main.command()
@click.argument("assignment", default=ASSIGNMENT)
@course_option
@click.option(
    "--wheels",
    "brought",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the sampler's wheels for other platforms  [default: build/wheels]",
)
@sentence_errors
def build(assignment: str, root: Path | None, brought: Path | None) -> None:
    """Make the release of the homework and the student kit.

    Both are proven first: the homework is solvable, unsolved and gives nothing away, and nor does the kit.
    """
    from grader.course import Course
    from grader.kit.build import build_kit
    from grader.release import build as make

    course = Course(root or assignments_dir())
    release = make(course, assignment, say)
    click.echo(f"Release: {release}")
    out = (course.root if root else build_dir()) / "kit"
    kit = build_kit(course, assignment, out, brought or build_dir() / "wheels", say)
    click.echo(f"The kit has a sampler for {', '.join(kit.platforms)}.")
    show_places([("what students get", kit.archive), ("the same, unpacked", kit.folder)])


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@sentence_errors
def submit(arguments: tuple[str, ...]) -> None:
    """Check a homework notebook and pack it, just as students do."""
    from course_lib.submit import submit as students

    release = assignments_dir() / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    if not release.is_file() and not {"-h", "--help"} & set(arguments):
        raise CourseError(f"There is no {release} to compare with: run `course build` first.")
    context = {"help_option_names": ["-h", "--help"]}
    students.main([*arguments], prog_name="course submit", obj=release, **context)


@main.command()
@click.argument("assignment", default=ASSIGNMENT)
@click.option(
    "--submissions",
    type=click.Path(path_type=Path),
    help="Folder of students' folders or of zips of `course submit`, also Moodle's: copied to submitted/, graded.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the marks there too.")
@course_option
@click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), help="Where the answers compute  [default: the settings']"
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that grade side by side  [default: the cores]")
@click.option("--dask", metavar="SCHEDULER", help="Grade on a Dask cluster: its address or its scheduler file.")
@click.option("--preview", is_flag=True, help="Show whose mark would change, by how much and why; write nothing.")
@click.option("--again", is_flag=True, help="Grade anew what this grader has graded already.")
@click.option(
    "--without-box", is_flag=True, help="Run students' code unprotected: it can read and change all that you can."
)
@sentence_errors
def grade(
    assignment: str,
    submissions: Path | None,
    json_path: Path | None,
    root: Path | None,
    device: str | None,
    workers: int | None,
    dask: str | None,
    preview: bool,
    again: bool,
    without_box: bool,
) -> None:
    """Grade submissions, write gradebook and feedback pages, show one table.

    Without --submissions everyone in submitted/ is graded. The exit code is 3 if someone got no verdict, or if
    something in the folder of submissions was not taken.
    """
    if workers and dask:
        raise click.UsageError("--workers is for this machine and --dask for a cluster: leave one of them out.")
    if preview and submissions:
        raise click.UsageError("--preview writes nothing, so it looks at submitted/ only: leave out --submissions.")

    from grader.course import Course
    from grader.grading import How
    from grader.results import check_place, save_json

    if json_path:
        check_place(json_path)
    course, how = Course(root or assignments_dir()), How(device, workers, dask, not without_box, again)
    if without_box:
        click.secho("Without the box: students' code can read and change all that you can.", fg="red", err=True)
    if preview:
        marks, complete = run_preview(course, assignment, how, json_path)
    else:
        marks, complete = run_grading(course, assignment, submissions, how)
    if json_path:
        save_json(json_path, assignment, marks)
    if not complete:
        sys.exit(EXIT_NO_VERDICT)


@main.command()
@click.option("-p", "pairs", type=(str, str), multiple=True, metavar="NAME VALUE", help="A parameter of the notebook.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Another folder than build/seminar.")
@sentence_errors
def seminar(pairs: tuple[tuple[str, str], ...], out: Path | None) -> None:
    """Run the seminar notebook and write its page and its numbers.

    With -p CORPUS alone, the LSTM that was trained on this corpus is used (or trained first).
    """
    from grader import seminar as module
    from grader.training import with_trained_weights

    parameters = module.parse(pairs)
    module.check_parameters(module.default_notebook(), parameters)
    result = module.run(out or build_dir("seminar"), with_trained_weights(parameters, click.echo))
    show_places([("the page", result.page), ("the notebook", result.notebook), ("the numbers", result.metrics)])


@main.command()
@click.argument("corpus")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Another folder than build/models/CORPUS."
)
@click.option("--minutes", type=POSITIVE, default=18.0, show_default=True, help="For all the training.")
@sentence_errors
def train(corpus: str, out: Path | None, minutes: float) -> None:
    """Train tokenizer, LSTM and judge on a corpus: a file, a Hugging Face dataset id or fortunes-ru."""
    from grader import training

    show_report(training.train(corpus, out, minutes))


@main.command()
@click.option("--minutes", type=POSITIVE, default=75.0, show_default=True, help="For all the training.")
@click.option("--only-judge", is_flag=True, help="Leave corpus, tokenizer and LSTM as they are.")
@sentence_errors
def rebuild(minutes: float, only_judge: bool) -> None:
    """Rebuild everything that is bundled: corpus, tokenizer, LSTM and judge."""
    from grader import training

    show_report(training.rebuild(minutes, only_judge))


@main.command()
@click.option("--skip-seminar", is_flag=True, help="Only the homework and the marks.")
@sentence_errors
def demo(skip_seminar: bool) -> None:
    """The whole course once: the seminar, the homework, six submissions, a table of marks."""
    from grader import demo as module
    from grader import seminar as seminar_module

    start = time.monotonic()
    done = None
    if not skip_seminar:
        say(f"the seminar, from top to bottom, {DEMO_TEXTS} texts a setting")
        done = seminar_module.run(build_dir("seminar"), {"N_TEXTS": DEMO_TEXTS})
    result = module.run(build_dir("demo"), say)
    complete = show(result.course, ASSIGNMENT, result.marks)
    show_places(result.places(done))
    click.echo(f"\nThe demo took {(time.monotonic() - start) / 60:.1f} minutes.")
    sys.exit(0 if complete else EXIT_NO_VERDICT)


if __name__ == "__main__":
    main()
