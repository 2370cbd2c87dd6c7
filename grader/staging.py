"""The folder that stands in for `submitted/` while nbgrader marks: clean notebooks and timestamps, nothing else.

nbgrader follows links, copies whatever lies beside a notebook and stops at a damaged timestamp. So it is never led to
what students handed in, but to a temporary folder in which every submission has the template with the answers.
"""

import copy
import json
import shutil
import tempfile
import time
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import CheckCellMetadata, OverwriteCells, OverwriteKernelspec

from course_lib.submit_checks import clear_outputs
from grader.jobs import STATE, Batch, Submission
from grader.template import fill_in

FORGOTTEN = 24 * 3600
"""Seconds after which a staging folder belongs to a process that was killed."""


class Staging:
    """A staging folder, removed when the object is closed or forgotten.

    Args:
        batch: the assignment.
        original: the course folder as nbgrader's converter knows it, with all its settings.

    Attributes:
        directory: the same course folder, save that `submitted/` is the staging folder.
        notebooks: nbgrader's `assignments` of a converter: {folder of a student's assignment: [its notebook]}.
        submissions: what was staged, by student.
    """

    def __init__(self, batch: Batch, original: CourseDirectory) -> None:
        home = batch.course.root / STATE / "staging"
        home.mkdir(parents=True, exist_ok=True)
        remove_forgotten(home)
        self._folder = tempfile.TemporaryDirectory(dir=home, prefix="run")
        self.batch = batch
        self.directory = copy_of(original)
        self.directory.submitted_directory = str(Path(self._folder.name).relative_to(batch.course.root))
        self.notebooks: dict[str, list[str]] = {}
        self.submissions: dict[str, Submission] = {}

    def add(self, submission: Submission) -> None:
        """Stage one submission."""
        name, student = self.batch.assignment, submission.student
        folder = Path(self.directory.format_path(self.directory.submitted_directory, student, name))
        folder.mkdir(parents=True)
        path = folder / f"{name}.ipynb"
        notebook = fill_in(template(self.batch), self.batch.homework, submission.intake)
        path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
        if submission.timestamp:
            (folder / "timestamp.txt").write_text(submission.timestamp + "\n", encoding="utf-8")
        self.notebooks[str(folder)] = [str(path)]
        self.submissions[student] = submission

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()


def template(batch: Batch) -> NotebookNode:
    """The released notebook as nbgrader wants it for marking, made once for a batch.

    The locked cells are those of the gradebook. nbgrader does this to every submission; here no submission can differ.
    """
    if batch.template is None:
        directory, name = batch.course.directory, batch.assignment
        resources = {"nbgrader": {"notebook": name, "assignment": name, "db_url": directory.db_url}}
        notebook = clear_outputs(copy.deepcopy(batch.homework.release))
        for step in (OverwriteKernelspec, OverwriteCells, CheckCellMetadata):
            notebook, resources = step(config=batch.course.config).preprocess(notebook, resources)
        batch.template = notebook
    return batch.template


def copy_of(original: CourseDirectory) -> CourseDirectory:
    """A course folder with the same settings, so that the original can stay as it is."""
    copy = CourseDirectory(config=original.config)
    for name in original.trait_names(config=True):
        setattr(copy, name, getattr(original, name))
    return copy


def remove_forgotten(home: Path) -> None:
    """Remove staging folders that a killed process left."""
    for folder in home.iterdir():
        try:
            if time.time() - folder.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(folder)
        except OSError:  # another process was faster
            continue
