"""A right notebook with links beside it: to system files, to folders above, to itself, to nowhere.

nbgrader copies the folder, and with it what the links lead to.
"""

# %% tamper
for name, target in {
    "passwd.txt": "/etc/passwd",
    "everything": "/",
    "above": "../../..",
    "loop": "loop",
    "nowhere": "/nowhere/at/all",
    "environment": "/proc/self/environ",
    "timestamp.txt": "/dev/zero",
}.items():
    (folder / name).symlink_to(target)
