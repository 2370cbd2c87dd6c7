"""Which modules of the library give the homework's answer away: students get them compiled, if at all."""

HIDDEN = ("course_lib/sampler.py", "course_lib/_truncation.py", "course_lib/_sampler_checks.py")
