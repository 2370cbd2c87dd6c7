"""What the `course` command shows: steps, marks, changes of marks and places to look at."""

from pathlib import Path

import click


def say(step: str) -> None:
    """Name a step that begins."""
    click.secho(f"• {step}", bold=True)


def ensure_built(course, assignment: str) -> None:
    """Build the assignment if that was never done, and say so; say so too if the source has changed since."""
    from grader.release import build as make

    source, release = course.notebook("source", assignment), course.notebook("release", assignment)
    if not course.is_released(assignment):
        if source.is_file():
            click.echo(f"{assignment} has no release yet, so it is built first.")
        make(course, assignment, say)
    elif source.is_file() and source.stat().st_mtime > release.stat().st_mtime:
        click.echo(f"The source of {assignment} is newer than its release; `course build` makes its tests count.")


def run_grading(course, assignment: str, submissions: Path | None, how) -> tuple[list, bool]:
    """Grade and show; the marks, and whether everything was taken in and everybody got a verdict."""
    from grader import grading
    from grader.intake import printable

    left: list[str] = []

    def tell(collected) -> None:
        left.extend(collected.left)
        for student, kept in collected.replaced.items():
            place = printable(str(kept.relative_to(course.root)))
            click.echo(f"replaced: {printable(student)}, the old one is in {place}")

    ensure_built(course, assignment)
    marks = grading.grade(course, assignment, None, how, submissions, tell)
    complete = show(course, assignment, marks)
    if left:
        click.secho(f"\nNot taken from {submissions}:", fg="yellow")
        for line in left:
            click.echo(f"  {line}")
    return marks, complete and not left


def run_preview(course, assignment: str, how, written: Path | None = None) -> tuple[list, bool]:
    """Show what a grading would change; the marks, and whether everybody would get a verdict.

    `written` is the one file that is going to be written, if there is one.
    """
    from grader import report
    from grader.preview import preview

    found = preview(course, assignment, None, how)
    console = report.console()
    console.print()
    if found.changes:
        console.print(report.changes(assignment, found.changes))
    else:
        console.print(f"{assignment}: no mark of {len(found.marks)} would change.")
    complete = show_missing(course, assignment, found.marks, logs=False)
    click.echo(f"Nothing was written but {written}." if written else "Nothing was written.")
    return found.marks, complete


def show(course, assignment: str, marks: list) -> bool:
    """Show the marks; returns whether everybody got a verdict."""
    from rich.markup import escape

    from grader import report
    from grader.homework import read_homework

    console = report.console()
    console.print()
    console.print(report.table(assignment, marks))
    click.echo(report.by_hand(read_homework(course, assignment)))
    for line in report.hints(marks):
        console.print(f"  {escape(line)}", style="dim", highlight=False)
    return show_missing(course, assignment, marks)


def show_missing(course, assignment: str, marks: list, logs: bool = True) -> bool:
    """Name those without a verdict with the reason, and the place of the log; returns whether there is nobody."""
    from grader.grading import log_path

    missing = [one for one in marks if not one.has_verdict]
    if missing:
        click.echo(f"\n{len(missing)} of {len(marks)} got no verdict; a person has to look:")
    for one in missing:
        click.echo(f"  {one.student}: {next(iter(one.log.splitlines()), 'no reason was logged')}")
        if logs:
            click.echo(f"    {log_path(course, assignment, one.student)}")
    return not missing


def show_report(report: dict) -> None:
    """Show what a training came to."""
    for name, value in report.items():
        click.echo(f"  {name}: {value:.4g}" if isinstance(value, float) else f"  {name}: {value}")


def show_places(places: list[tuple[str, Path]]) -> None:
    """List what there is to look at."""
    click.echo("\nLook at:")
    width = max(len(what) for what, _ in places)
    for what, path in places:
        click.echo(f"  {what:<{width}}  {path.resolve()}")
