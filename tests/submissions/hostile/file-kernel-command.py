"""A right notebook with a kernel's description beside it, whose command line runs a program.

A kernel is whatever its description says, and Jupyter looks for descriptions in several folders.
"""

# %% tamper
import json

about = {"argv": ["/bin/sh", "-c", "touch /tmp/hostile-kernel"], "display_name": "python3", "language": "python"}
for place in ("kernels/python3", "share/jupyter/kernels/python3", ".local/share/jupyter/kernels/python3"):
    (folder / place).mkdir(parents=True)
    (folder / place / "kernel.json").write_text(json.dumps(about))
notebook.metadata.kernelspec = {"name": "python3", "display_name": "python3", "language": "python", **about}
