"""A notebook in JupyterLab as a person meets it: menus, keys, what the cells show."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import nbformat
from lab_server import TOKEN, Lab
from playwright.sync_api import Locator, Page, TimeoutError, expect

PROJECTOR = {"width": 1280, "height": 720}
PATIENCE = 300_000  # ms; a machine may be busy, and a wait ends as soon as what it waits for is there

PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
OUTPUT = ".jp-OutputArea-output"
ERROR = f'{OUTPUT}[data-mime-type="application/vnd.jupyter.stderr"]'  # tracebacks, warnings
# Every code cell that is not empty has the number of its run, or one has stopped the others.
HAS_RUN = f"""() => {{
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')]
  const ran = cell => /\\[\\d+\\]/.test(cell.querySelector('.jp-InputPrompt')?.textContent)
  const empty = cell => !cell.querySelector('.cm-content')?.textContent.trim()
  return document.querySelector('{ERROR}') || (cells.length && cells.every(cell => ran(cell) || empty(cell)))
}}"""
IS_RUNNING = """() => [...document.querySelectorAll('.jp-Notebook .jp-InputPrompt')]
  .some(prompt => /\\[[*\\d]/.test(prompt.textContent))"""
# Elements of the notebook whose content is wider than they are: it would be cut off or need a second scroll bar.
TOO_WIDE = """() => [...document.querySelectorAll('.jp-RenderedHTMLCommon, .jp-OutputArea-output')]
  .filter(box => box.scrollWidth > box.clientWidth + 1)
  .map(box => box.scrollWidth + ' of ' + box.clientWidth + ' px: ' + box.textContent.trim().slice(0, 60))"""


@dataclass(frozen=True)
class Notebook:
    """A page that shows one notebook."""

    page: Page

    @property
    def cells(self) -> Locator:
        return self.page.locator(f"{PANEL} .jp-Notebook .jp-Cell")

    def cell(self, text: str) -> Locator:
        """The first cell of code that contains a text."""
        return self.cells.and_(self.page.locator(".jp-CodeCell")).filter(has_text=text).first

    def menu(self, title: str, command: str) -> None:
        """Choose a line of a menu."""
        self.page.locator(".lm-MenuBar-item", has_text=title).first.click()
        self.page.locator(f'.lm-Menu-item[data-command="{command}"]').click()

    def run_all(self) -> None:
        """Run > Run All Cells, until all have run or one has failed."""
        for _ in range(10):  # JupyterLab forgets the order if it comes before the session is connected
            self.menu("Run", "runmenu:run-all")
            with contextlib.suppress(TimeoutError):
                self.page.wait_for_function(IS_RUNNING, timeout=15_000)
                break
        self.page.wait_for_function(HAS_RUN)

    def run(self, cell: Locator) -> Locator:
        """Run one cell as with the keys, wait for its end; its outputs."""
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.text_content()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_contain_text("[")
        expect(prompt).not_to_contain_text("*")
        return cell.locator(OUTPUT)

    def retype(self, cell: Locator, lines: list[str]) -> None:
        """Replace a cell's text by the keyboard; the editor indents by itself what stands below a colon."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        for number, line in enumerate(lines):
            if number:
                self.page.keyboard.press("Enter")
            self.page.keyboard.type(line)

    def save(self) -> None:
        """Ctrl+S, until nothing waits to be saved."""
        self.page.keyboard.press("Control+S")
        expect(self.page.locator(".jp-mod-dirty")).to_have_count(0)

    def errors(self) -> list[str]:
        """What went wrong in cells, warnings included."""
        return self.page.locator(ERROR).all_inner_texts()

    def too_wide(self) -> list[str]:
        return self.page.evaluate(TOO_WIDE)


def open_notebook(page: Page, lab: Lab, path: str) -> Notebook:
    """Open a notebook in a new workspace, with no other tab, and wait until it is there."""
    return arrive(page, f"{lab.url}/lab/workspaces/{uuid4().hex}/tree/{path}?token={TOKEN}", lab.root / path)


def arrive(page: Page, address: str, path: Path) -> Notebook:
    """Go to an address that must show the notebook of a path; wait until all its cells are there and its kernel too."""
    page.goto(address)
    notebook = Notebook(page)
    expect(notebook.cells).to_have_count(len(nbformat.read(path, as_version=4).cells))
    expect(page.locator(f'{PANEL} .jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_visible()
    return notebook
