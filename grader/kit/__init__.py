"""The student kit: one zip that a student installs, reads, works in and hands in from.

What is hidden in it (the sampler, compiled) is hidden as a guard against spoilers, no more: whoever takes a debugger to
a binary learns what is in it. What protects the marks is the grader, whose box has no sampler to import.
"""
