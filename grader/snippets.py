"""What can be told of a cell's Python without running it: what it defines, which statements are harmless helpers.

The text is a student's. It is only parsed, never compiled and never run, and whatever the parser makes of it, no
exception leaves this module.
"""

import ast
import re
import warnings
from collections.abc import Iterator

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ACTIONS = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
LONGEST = 100_000
"""Characters of one cell that are parsed; nobody writes more, and the parser needs seconds for a megabyte."""

MAGIC = re.compile(r"^(\s*)([%!].*|\?.*|.*\S\?)$")
ASSIGNED_MAGIC = re.compile(r"^(\s*)([A-Za-z_][\w, ]*?)\s*=\s*([%!].*)$")
OTHER_LANGUAGE = re.compile(
    r"\s*%%(!|bash|sh|script|system|sx|html|HTML|svg|SVG|javascript|js|latex|markdown|writefile|file|perl|ruby|cmd)\b"
)
FENCE = re.compile(r"\A\s*(?:```|~~~)\w*[ \t]*\n(.*?)\n?(?:```|~~~)\s*\Z", re.DOTALL)


def parse(source: str) -> ast.Module | None:
    """The syntax tree of a cell, or None if it is no Python or too long."""
    if len(source) > LONGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a student's string is no business of ours
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def top_level(source: str) -> list[ast.stmt]:
    """The statements of a cell, [] if it is no Python."""
    tree = parse(source)
    return tree.body if tree else []


def definitions(source: str) -> set[str]:
    """Names of the functions and classes that a cell defines at its top level."""
    return {statement.name for statement in top_level(source) if isinstance(statement, DEFINITIONS)}


def text_of(statement: ast.stmt, source: str) -> str:
    """The source of one top-level statement, decorators included."""
    first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", []))])
    # The parser ends lines at \n alone and counts bytes.
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")[first - 1 : statement.end_lineno]
    if not lines:
        return ""
    lines[-1] = lines[-1].encode()[: statement.end_col_offset].decode(errors="ignore")
    if first == statement.lineno:
        lines[0] = lines[0].encode()[statement.col_offset :].decode(errors="ignore")
    return "\n".join(lines)


def same(statement: ast.stmt) -> str | None:
    """Something that is equal for equal statements, however they are laid out; None if there is no telling."""
    try:
        return ast.dump(statement)
    except (RecursionError, MemoryError):
        return None


def is_helper(statement: ast.stmt) -> bool:
    """Whether a statement only makes a name known: an import, a function, a class or an assignment without a call.

    `try` and `if` around nothing but such statements count as well (`try: import numpy ...`).
    """
    if isinstance(statement, (*DEFINITIONS, *IMPORTS)):
        return True
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return statement.value is not None and all(map(_is_name, targets)) and not _acts(statement.value)
    if isinstance(statement, ast.Try):
        inner = [statement.body, statement.orelse, statement.finalbody, *(one.body for one in statement.handlers)]
        return all(is_helper(one) or isinstance(one, ast.Pass) for block in inner for one in block)
    if isinstance(statement, ast.If):
        return not _acts(statement.test) and all(is_helper(one) for one in [*statement.body, *statement.orelse])
    return False


def bound_names(statement: ast.stmt) -> set[str]:
    """The names that a helper statement binds, other than by an import."""
    if isinstance(statement, DEFINITIONS):
        return {statement.name}
    if isinstance(statement, ast.Try | ast.If):
        return {node.name for node in ast.walk(statement) if isinstance(node, DEFINITIONS)} | _stored(statement)
    return _stored(statement)


def without_magics(source: str) -> tuple[str, bool]:
    """A cell with Jupyter's own lines (`%time`, `!pip`, `help?`) made harmless, and whether there were any.

    Only lines that Python cannot read are touched. The number of lines stays.
    """
    first = next((line for line in source.splitlines() if line.strip()), "")
    if OTHER_LANGUAGE.match(first):
        return "\n".join(f"# {line}" for line in source.splitlines()), True
    if parse(source) or len(source) > LONGEST:
        return source, False
    lines = source.split("\n")
    for number in _magic_lines(lines):
        lines[number] = _harmless(lines[number])
        changed = "\n".join(lines)
        if parse(changed):
            return changed, True
    every = "\n".join(_harmless(line) for line in source.split("\n"))
    return (every, True) if every != source and parse(every) else (source, False)


def unfenced(source: str) -> str:
    """The code of a Markdown cell that holds one fenced block, or the cell as it is."""
    match = FENCE.match(source)
    return match.group(1) if match else source


def _magic_lines(lines: list[str]) -> Iterator[int]:
    """Numbers of the lines at which the parser stops and which are Jupyter's; the caller mends each before the next."""
    if sum(map(len, lines)) > LONGEST // 5:
        return
    for _ in range(50):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse("\n".join(lines))
            return
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
        except (ValueError, RecursionError, MemoryError):
            return
        if not 0 <= number < len(lines) or _harmless(lines[number]) == lines[number]:
            return
        yield number


def _harmless(line: str) -> str:
    """A line of Jupyter's own turned into Python that does nothing, any other line as it is."""
    if line.lstrip().startswith("#"):
        return line
    if match := ASSIGNED_MAGIC.match(line):
        indent, target, command = match.groups()
        return f"{indent}{target} = None  # {command}"
    if match := MAGIC.match(line):
        indent, command = match.groups()
        return f"{indent}pass  # {command}"
    return line


def _is_name(target: ast.expr) -> bool:
    """Whether an assignment's target is a plain name or a tuple of names (and no attribute of something else)."""
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)


def _acts(value: ast.expr) -> bool:
    """Whether an expression calls something."""
    return any(isinstance(node, ACTIONS) for node in ast.walk(value))


def _stored(statement: ast.stmt) -> set[str]:
    """Names that are assigned to anywhere in a statement."""
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
