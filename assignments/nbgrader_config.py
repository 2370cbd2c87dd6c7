"""Settings of the course for nbgrader, its formgrader and the `course` command: one place, so all three mark alike."""

from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput

from grader.feedback.page import FeedbackExporter
from grader.hooks import ForeignFiles, MarkInBox, SaveMarks, SubmissionExporter
from grader.kernel import KERNEL_NAME, use_own_environment

c = get_config()  # noqa: F821 (nbgrader defines it)

use_own_environment()

# The course is the folder of this file, wherever it was copied to.
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "text-generation"
# Runs of the demo, kept copies and logs are not part of an assignment.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "hw_sampler.py"]

# What students find in place of an answer.
c.ClearSolutions.code_stub = {"python": '# Ваш код здесь\nraise NotImplementedError("Здесь будет ваше решение")'}
c.ClearSolutions.text_stub = "*Ваш ответ здесь.*"

# `course build` and `nbgrader validate` execute notebooks: one cell may think for a minute.
c.Execute.kernel_name = KERNEL_NAME
c.Execute.timeout = 60
c.Execute.startup_timeout = 180
c.Execute.iopub_timeout = 60

# Marks come from outside of the student's process. `nbgrader autograde`, the formgrader's button and `course grade` all
# go through these parts. The exporter leads nbgrader to clean notebooks (the instructor's own with the answers put in),
# so there is nothing to sanitise, and nothing of a submission is executed by nbgrader itself.
c.Autograde.exporter_class = SubmissionExporter
c.Autograde.sanitize_preprocessors = [ForeignFiles]
c.Autograde.autograde_preprocessors = [
    MarkInBox,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveMarks,
    AssignLatePenalties,
]
# Where answers compute, how large a notebook may be, and what a submission may use (all of it: grader/box/limits.py).
c.Grading.device = "cpu"
c.Grading.max_bytes = 20 * 2**20
c.Box.cpu_seconds = 10.0
c.Box.wall_seconds = 60.0
c.Box.submission_seconds = 900.0  # for one submission as a whole, whatever it waits for; what is left then is lost
c.Box.address_space = 4 * 2**30

# Long output would hide the feedback.
c.LimitOutput.max_lines = 200

# A feedback page is one file, made from the verdict, and opens without a network.
c.GenerateFeedback.exporter_class = FeedbackExporter
