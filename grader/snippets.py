"""What can be told of a cell's Python without running it: what it defines, which statements are harmless helpers.

The text is a student's. It is only parsed, never compiled and never run, and whatever the parser makes of it, no
exception leaves this module.
"""

import ast
import re
import warnings

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ACTIONS = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
LONGEST = 100_000
"""Characters of one cell that are parsed; nobody writes more, and the parser needs seconds for a megabyte."""

COMMANDS = 10
"""Lines of Jupyter's own that are mended one by one; then all that look so are."""

OTHER_LANGUAGE = re.compile(
    r"%%(!|bash|sh|script|system|sx|html|HTML|svg|SVG|javascript|js|latex|markdown|writefile|file|perl|ruby|cmd)\b"
)
COMMAND_INSIDE = re.compile(r"[=:]\s*[%!]")
"""Python never has these signs together outside of a string: `files = !ls`, `x: int = %who`, `for a in b: !ls`."""

FENCES = ("```", "~~~")


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


def lines_of(source: str) -> list[str]:
    """The lines of a cell as the parser counts them: it ends them at \\n alone."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def text_of(statement: ast.stmt, lines: list[str]) -> str:
    """The source of one top-level statement of a cell of these lines, decorators included."""
    first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", []))])
    own = lines[first - 1 : statement.end_lineno]
    if not own:
        return ""
    own[-1] = own[-1].encode()[: statement.end_col_offset].decode(errors="ignore")  # the parser counts bytes
    if first == statement.lineno:
        own[0] = own[0].encode()[statement.col_offset :].decode(errors="ignore")
    return "\n".join(own)


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
    waiting = [statement]  # a chain of `elif` is deeper than a function may call itself
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Try):
            blocks = [one.body, one.orelse, one.finalbody, *(handler.body for handler in one.handlers)]
            waiting += [inner for block in blocks for inner in block if not isinstance(inner, ast.Pass)]
        elif isinstance(one, ast.If) and not _acts(one.test):
            waiting += [*one.body, *one.orelse]
        elif not _makes_a_name_known(one):
            return False
    return True


def _makes_a_name_known(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return statement.value is not None and all(map(_is_name, targets)) and not _acts(statement.value)
    return isinstance(statement, (*DEFINITIONS, *IMPORTS))


def bound_names(statement: ast.stmt) -> set[str]:
    """The names that a helper statement binds, other than by an import."""
    if isinstance(statement, DEFINITIONS):
        return {statement.name}
    if isinstance(statement, ast.Try | ast.If):
        return {node.name for node in ast.walk(statement) if isinstance(node, DEFINITIONS)} | _stored(statement)
    return _stored(statement)


def without_magics(source: str) -> tuple[str, bool]:
    """A cell with Jupyter's own lines (`%time`, `!pip`, `help?`) made harmless, and whether there were any.

    Only lines that Python cannot read are touched. The number of lines stays. The parser reads a cell at most twice,
    and a short one once more for each of COMMANDS lines.
    """
    first = next((line for line in source.splitlines() if line.strip()), "")
    if OTHER_LANGUAGE.match(first.lstrip()):
        return "\n".join(f"# {line}" for line in source.splitlines()), True
    if len(source) > LONGEST or parse(source):
        return source, False
    mended = _mended_one_by_one(source) if len(source) <= LONGEST // COMMANDS else None
    if mended is None:
        mended = _all_mended(source)
    return (source, False) if mended is None else (mended, True)


def unfenced(source: str) -> str:
    """The code of a Markdown cell that holds one fenced block, or the cell as it is."""
    first, *code = source.strip().split("\n")
    language = first[3:].strip()
    if first[:3] in FENCES and (language.isidentifier() or not language) and code and code[-1].strip() in FENCES:
        return "\n".join(code[:-1])
    return source


def _stops_at(source: str) -> int:
    """The number of the line (from 0) at which the parser stops, or -1."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return (error.lineno or 0) - 1
    except (ValueError, RecursionError, MemoryError):
        pass
    return -1


def _mended_one_by_one(source: str) -> str | None:
    """The cell with the lines mended at which the parser stops; None if that does not make it Python."""
    lines = source.split("\n")
    for _ in range(COMMANDS):
        number = _stops_at("\n".join(lines))
        if not 0 <= number < len(lines):
            break
        if not _take_out(lines, number):
            return None
    mended = "\n".join(lines)
    return mended if parse(mended) else None


def _all_mended(source: str) -> str | None:
    """The cell with all lines mended that look like commands; None if that does not make it Python."""
    lines = source.split("\n")
    found = [_take_out(lines, number) for number in range(len(lines))]
    mended = "\n".join(lines)
    return mended if any(found) and parse(mended) else None


def _take_out(lines: list[str], number: int) -> bool:
    """Mend one line in place, and those on which a backslash continues it; whether it is a command."""
    harmless = _harmless(lines[number])
    if harmless == lines[number]:
        return False
    goes_on, lines[number] = lines[number].endswith("\\"), harmless
    while goes_on and (number := number + 1) < len(lines):
        goes_on, lines[number] = lines[number].endswith("\\"), f"# {lines[number]}"
    return True


def _harmless(line: str) -> str:
    """A line of Jupyter's own turned into Python that does nothing, any other line as it is."""
    command = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    if command.startswith(("%", "!", "?")) or (command.endswith("?") and not command.startswith("#")):
        return f"{indent}pass  # {command}"
    inside = COMMAND_INSIDE.search(line)
    if inside and not {*"\"'#"} & {*line[: inside.start()]}:
        return f"{line[: inside.start() + 1]} None  # {line[inside.end() - 1 :]}"
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
