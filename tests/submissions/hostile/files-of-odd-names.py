"""A right notebook among files with names of every kind, a deep tree of folders, and one that may not be read.

Names end up in shell commands, patterns, logs and pages.
"""

PAYLOAD = "<img src=x onerror=alert(1)>"

# %% tamper
import os

odd = ["<img src=x onerror=alert(1)>", "-rf", "$(touch hostile)", "a\nb", "\x1b[2J", "*", "'; --", "con", "x" * 255]
for name in odd:
    (folder / name).write_text("x")
with open(os.path.join(os.fsencode(folder), b"\xff\xfe\xfa.ipynb"), "wb") as file:
    file.write(b"{}")
deep = folder
for _ in range(60):
    deep = deep / "deeper"
deep.mkdir(parents=True)
(folder / "locked").mkdir()
(folder / "locked" / "file").write_text("x")
os.chmod(folder / "locked", 0)
