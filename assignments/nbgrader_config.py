"""Settings of the course for nbgrader, its formgrader and the `course` command: one place, so all three mark alike."""

from pathlib import Path

from grader.html import OfflineHTMLExporter
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

# One cell may think for a minute; then it is interrupted and the rest of the notebook still runs.
c.Execute.kernel_name = KERNEL_NAME
c.Execute.timeout = 60
c.Execute.startup_timeout = 180
c.Execute.iopub_timeout = 60

# A deleted test cell comes back before marking.
c.OverwriteCells.add_missing_cells = True
# Long output would hide the feedback.
c.LimitOutput.max_lines = 200

# Feedback pages open without a network.
c.GenerateFeedback.exporter_class = OfflineHTMLExporter
