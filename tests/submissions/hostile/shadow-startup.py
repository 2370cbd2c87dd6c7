"""Files that Python, pytest, IPython and Jupyter run by themselves: sitecustomize, conftest, .pth, startup, settings.

Whatever starts in the student's folder, or imports from it, may run one of them as the instructor.
"""

SCORES = {"draw": 0}


# %% draw
def draw(probs):
    return torch.zeros(len(probs), dtype=torch.int64)


# %% tamper
surprise = "open('/tmp/hostile-startup', 'a').write('ran')\n"
for name in ("sitecustomize.py", "usercustomize.py", "conftest.py", "setup.py", "nbgrader_config.py", "json.py"):
    (folder / name).write_text(surprise)
for name in ("jupyter_config.py", "ipython_config.py", "__init__.py", "__main__.py", "encodings.py", "struct.py"):
    (folder / name).write_text(surprise)
(folder / "startup.pth").write_text(f"import os; {surprise}")
(folder / ".ipython" / "profile_default" / "startup").mkdir(parents=True)
(folder / ".ipython" / "profile_default" / "startup" / "00.py").write_text(surprise)
(folder / ".git").mkdir()
(folder / ".git" / "config").write_text("[core]\n\tfsmonitor = touch /tmp/hostile-startup\n")
(folder / "pytest.ini").write_text("[pytest]\naddopts = -p conftest\n")
(folder / ".env").write_text("PYTHONSTARTUP=sitecustomize.py\nLD_PRELOAD=./evil.so\n")
