"""Program text: Python by its definitions, other languages by blocks between blank lines."""

import ast
from collections.abc import Iterator

from leanrag.readers.text import plain_text
from leanrag.types import Element, ParsedDocument

SUFFIXES = frozenset(
    (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".cs", ".go", ".java", ".js", ".jsx", ".mjs",
     ".ts", ".tsx", ".kt", ".kts", ".scala", ".swift", ".rs", ".rb", ".php", ".pl", ".pm", ".lua",
     ".r", ".jl", ".dart", ".ex", ".exs", ".erl", ".hs", ".clj", ".ml", ".fs", ".sh", ".bash",
     ".zsh", ".ps1", ".sql", ".proto", ".graphql", ".yaml", ".yml", ".toml", ".ini", ".cfg",
     ".conf", ".tf", ".gradle", ".cmake", ".vue", ".svelte"),
)  # fmt: skip
PYTHON = frozenset((".py", ".pyi", ".pyw"))
_MAX_BLOCK = 4000
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def read(text: str, name: str) -> ParsedDocument:
    """Code in any language: a block is what stands between blank lines at the margin."""
    return ParsedDocument(name, tuple(_blocks(text)))


def read_python(text: str, name: str) -> ParsedDocument:
    """A Python module: docstrings as text, classes and functions as entries with their code.

    Text that does not parse is read as code in any language.
    """
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return read(text, name)
    reader = _PythonReader(text)
    elements = tuple(reader.body(module.body, 1, len(reader.lines), depth=0))
    return ParsedDocument(name, elements)


class _PythonReader:
    """Takes a module apart line by line: every line goes into one element, in order."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")

    def body(
        self, nodes: list[ast.stmt], first: int, last: int, *, depth: int
    ) -> Iterator[Element]:
        """The elements of the lines from ``first`` to ``last``, which hold ``nodes``."""
        at = first
        if nodes and (docstring := _docstring(nodes[0])) is not None:
            yield from self.code(at, nodes[0].lineno - 1, depth)
            for element in plain_text.read(docstring):
                kind = "prose" if element.kind in ("heading", "entry") else element.kind
                yield Element(kind, element.text, level=element.level, depth=depth)
            at = (nodes[0].end_lineno or nodes[0].lineno) + 1
        for node in nodes:
            if isinstance(node, Definition):
                start = self.start(node, at)
                yield from self.code(at, start - 1, depth)
                yield from self.definition(node, start, depth)
                at = (node.end_lineno or start) + 1
        yield from self.code(at, last, depth)

    def definition(self, node: Definition, start: int, depth: int) -> Iterator[Element]:
        """A class or function: the lines of its head as an entry, the rest as its description."""
        head_end = max(node.body[0].lineno - 1, node.lineno)
        first = node.body[0]
        if isinstance(first, Definition) and first.decorator_list:
            head_end = max(first.decorator_list[0].lineno - 1, node.lineno)
        # Comments between the head and the first statement belong to the code below.
        while head_end > node.lineno and not self.lines[head_end - 1].rstrip().endswith(":"):
            head_end -= 1
        indent = len(self.lines[node.lineno - 1]) - len(self.lines[node.lineno - 1].lstrip())
        head = [line[indent:] if line[:indent].isspace() or not indent else line
                for line in self.lines[start - 1 : head_end]]  # fmt: skip
        signature = node.lineno - start  # decorators and comments stand above it
        yield Element("entry", "\n".join(head[signature:]), depth=depth)
        end = node.end_lineno or head_end
        if signature:
            yield Element("code", "\n".join(head[:signature]), depth=depth + 1)
        if isinstance(node, ast.ClassDef):
            yield from self.body(node.body, head_end + 1, end, depth=depth + 1)
            return
        docstring = _docstring(node.body[0])
        if docstring is not None:
            for element in plain_text.read(docstring):
                kind = "prose" if element.kind in ("heading", "entry") else element.kind
                yield Element(kind, element.text, level=element.level, depth=depth + 1)
            head_end = node.body[0].end_lineno or head_end
        yield from self.code(head_end + 1, end, depth + 1)

    def start(self, node: Definition, at: int) -> int:
        """The first line of a definition: of its decorators, and of the comments above them."""
        start = min([node.lineno, *(part.lineno for part in node.decorator_list)])
        while start - 1 >= at and self.lines[start - 2].lstrip().startswith("#"):
            start -= 1
        return start

    def code(self, first: int, last: int, depth: int) -> Iterator[Element]:
        while first <= last and not self.lines[first - 1].strip():
            first += 1
        text = "\n".join(self.lines[first - 1 : last]).rstrip()
        if text:
            yield from _blocks(text, depth)


def _docstring(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        value = node.value.value
        return _clean(value) if isinstance(value, str) else None
    return None


def _clean(text: str) -> str:
    """A docstring without the indentation that its place gives it."""
    lines = text.expandtabs().split("\n")
    rest = [line for line in lines[1:] if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in rest), default=0)
    return "\n".join([lines[0].lstrip(), *(line[indent:] for line in lines[1:])]).strip()


def _parts(text: str) -> Iterator[str]:
    """What stands between blank lines above a line at the margin that closes nothing."""
    part: list[str] = []
    blank: list[str] = []
    for line in text.split("\n"):
        if not line.strip(" \t"):
            blank.append(line)
            continue
        ends = len(blank) >= (1 if part else 2)
        if ends and not line[0].isspace() and line[0] not in "})]":
            yield "\n".join(part)
            part = [line]
        else:
            part += [*blank, line]
        blank = []
    yield "\n".join([*part, *blank])


def _blocks(text: str, depth: int = 0) -> Iterator[Element]:
    """Code as elements; short neighbours stay together."""
    waiting = ""
    for block in _parts(text):
        if not block.strip():
            continue
        if waiting and len(waiting) + len(block) > _MAX_BLOCK:
            yield Element("code", waiting.rstrip(), depth=depth)
            waiting = ""
        waiting = f"{waiting}\n\n{block}" if waiting else block
    if waiting.strip():
        yield Element("code", waiting.rstrip(), depth=depth)
