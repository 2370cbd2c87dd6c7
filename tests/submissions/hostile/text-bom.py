"""A right notebook that begins with a byte order mark, as Windows writes it, with lines that end in CR LF.

Python's JSON parser refuses a mark, and a source with CR is another text.
"""

# %% tamper
import json

for one in notebook.cells:
    one.source = one.source.replace("\n", "\r\n")
raw = b"\xef\xbb\xbf" + json.dumps(notebook, ensure_ascii=False, indent=1).replace("\n", "\r\n").encode()
