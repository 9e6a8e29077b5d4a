"""Tells what kind of document a file is: by its bytes, then by its text, the suffix last."""

import re
from enum import StrEnum

from leanrag.errors import DocumentError
from leanrag.readers.archive import Archive
from leanrag.readers.text import delimited, source_code


class Format(StrEnum):
    """The kinds of documents that are read."""

    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    EPUB = "epub"
    EML = "eml"
    NOTEBOOK = "notebook"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    XML = "xml"
    PYTHON = "python"
    CODE = "code"


SUFFIXES: dict[str, Format] = {
    **dict.fromkeys((".html", ".htm", ".xhtml", ".shtml"), Format.HTML),
    **dict.fromkeys((".md", ".markdown", ".mdx"), Format.MARKDOWN),
    **dict.fromkeys((".txt", ".text", ".rst", ".log", ""), Format.TEXT),
    ".pdf": Format.PDF,
    **dict.fromkeys((".docx", ".docm", ".dotx"), Format.DOCX),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx"), Format.PPTX),
    **dict.fromkeys((".xlsx", ".xlsm"), Format.XLSX),
    ".epub": Format.EPUB,
    ".eml": Format.EML,
    ".ipynb": Format.NOTEBOOK,
    **dict.fromkeys((".csv", ".tsv", ".tab"), Format.CSV),
    **dict.fromkeys((".json", ".geojson"), Format.JSON),
    **dict.fromkeys((".jsonl", ".ndjson"), Format.JSONL),
    **dict.fromkeys((".xml", ".svg"), Format.XML),
    **dict.fromkeys(source_code.PYTHON, Format.PYTHON),
    **dict.fromkeys(source_code.SUFFIXES, Format.CODE),
}
"""What a file name's ending promises; the content may say otherwise."""

BINARY = frozenset((Format.PDF, Format.DOCX, Format.PPTX, Format.XLSX, Format.EPUB))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LEGACY = {
    "WordDocument": "an old Word document; save it as .docx",
    "Workbook": "an old Excel workbook; save it as .xlsx",
    "PowerPoint Document": "an old PowerPoint presentation; save it as .pptx",
    "__substg1.0_": "an Outlook message; save it as .eml",
}
_MAIN_TYPES = (
    (rb"(?:wordprocessingml|ms-word)\.(?:document|template)[.\w]*main\+xml", Format.DOCX),
    (rb"(?:presentationml|ms-powerpoint)\.\w+[.\w]*main\+xml", Format.PPTX),
    (rb"(?:spreadsheetml|ms-excel)\.(?:sheet|template)[.\w]*main\+xml", Format.XLSX),
)
"""Content types of the main part; those of embedded documents lack its ending."""
_PDF_WITHIN = 1024
_HEAD = 1 << 16
_HTML = re.compile(
    r"\s*+(?:<\?xml[^>]*>\s*+)?(?>(?:<!--.*?-->\s*+)*+)<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s*+<(?:\?xml\s|svg[\s>])")
_XML_ROOT = re.compile(
    r"\s*+(?>(?:(?:<!--.*?-->|<![A-Z][^<>\[]*(?:\[[^\[\]]*\]\s*)?>)\s*+)*+)"
    r"<(?P<name>[A-Za-z_][\w.:-]*+)(?:[\s/>]|\Z)",
    re.DOTALL,
)
_ROOT_HTML = re.compile(r"<html[\s>]|<!doctype\s+html", re.IGNORECASE)
_TAG = re.compile(r"<[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<[!?a-z]", re.IGNORECASE)
_HTML_TAG = re.compile(
    "a|abbr|address|article|aside|b|blockquote|br|button|center|code|d[dlt]|details|div|em|figure|"
    "font|footer|form|h[1-6r]|header|i|iframe|img|input|ins|kbd|label|li|main|mark|nav|ol|p|"
    "picture|pre|q|s|samp|script|section|select|small|span|strong|style|su[bp]|summary|table|"
    "tbody|t[dhrt]|tfoot|thead|u|ul|var|video",
    re.IGNORECASE,
)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):(?:[ \t]|$)")
_MAIL_HEADERS = frozenset(
    ("from", "to", "subject", "date", "message-id", "received", "mime-version", "return-path",
     "delivered-to", "reply-to", "content-type"),
)  # fmt: skip
_MIN_MAIL_HEADERS = 3
_SHEBANG = re.compile(r"#!.*?\b(python|bash|sh|zsh|perl|ruby|node|php|lua)")
_RST = re.compile(r"^[ \t]*+\.\. (?:[\w:-]+::|_[^\n]+:)", re.MULTILINE)
_MARKDOWN_SIGNS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^#{1,6} \S.*$",
        r"^(?:```|~~~)",
        r"\[[^\[\]\n]+\]\([^()\s]{1,2000}\)",
        r"\*\*[^*\n]+\*\*",
    )
)
_TABLE_RULE = re.compile(r"^\|?([ :-]*+)\|[ :|-]*+$", re.MULTILINE)


def binary_format(data: bytes, source: str) -> Format | None:
    """The format of bytes that are no text, None for what may be one; ZIP is not told apart.

    Raises:
        DocumentError: it is an Office document that is encrypted or of an old kind.
    """
    head = data[:_PDF_WITHIN]
    if head.lstrip(b"\xef\xbb\xbf\0\t\r\n ").startswith(b"%PDF-"):
        return Format.PDF
    if b"%PDF-" in head and b"startxref" in data[-_PDF_WITHIN:]:  # behind what a server put there
        return Format.PDF
    if data.startswith(_OLE):
        raise DocumentError(source, _ole_problem(data))
    return None


def is_zip(data: bytes) -> bool:
    """Whether the bytes are a ZIP archive."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def archive_format(archive: Archive) -> Format:
    """The format of a document in an archive. Raises ``DocumentError`` for any other archive."""
    if "META-INF/container.xml" in archive.names:
        return Format.EPUB
    if "[Content_Types].xml" in archive.names:
        types = archive.read("[Content_Types].xml")
        for pattern, kind in _MAIN_TYPES:
            if re.search(pattern, types):
                return kind
    if "mimetype" in archive.names:
        kind_name = archive.read("mimetype").decode("latin-1").strip()
        if "opendocument" in kind_name:
            raise DocumentError(
                archive.source, "an OpenDocument file; save it as .docx, .xlsx or .pptx"
            )
    raise DocumentError(archive.source, "a ZIP archive; unpack it and ingest what is in it")


def declares_encoding(data: bytes, suffix: str) -> bool:
    """Whether the bytes are markup, which may name its own encoding."""
    return SUFFIXES.get(suffix) in (Format.HTML, Format.XML) or bool(_MARKUP.match(data[:200]))


def takes_front_matter(suffix: str) -> bool:
    """Whether a file of this name ending may have front matter on top."""
    return SUFFIXES.get(suffix, Format.TEXT) in (Format.MARKDOWN, Format.HTML, Format.TEXT)


def is_page(suffix: str) -> bool:
    """Whether a file of this name ending is a page, as sites are made of."""
    return SUFFIXES.get(suffix) in (Format.MARKDOWN, Format.HTML)


def text_format(
    text: str, suffix: str, *, fronted: bool = False, structured: bool = True
) -> Format:
    """The format of a text: what it shows to be, else what its suffix says, else plain text.

    Args:
        text: The text, without its front matter.
        suffix: The ending of its file's name.
        fronted: Whether there was front matter.
        structured: Whether it may be XML or JSON that neither its suffix nor a declaration says.
    """
    promised = SUFFIXES.get(suffix)
    head = text[:_HEAD]
    if promised is Format.NOTEBOOK:
        return promised if head.lstrip().startswith("{") else _plain(head, ".txt")
    if _HTML.match(head) and promised not in (Format.CODE, Format.PYTHON):
        return Format.HTML
    if _XML.match(head):
        return Format.HTML if _ROOT_HTML.search(head[:2000]) else Format.XML
    if structured and _is_bare_xml(text, promised):
        return Format.XML
    if promised in (Format.CODE, Format.PYTHON, Format.CSV, Format.JSON, Format.JSONL):
        return _structured(head, promised)
    if promised is Format.HTML:
        return Format.HTML if _TAG.search(text) else _plain(head, ".txt")
    if promised is Format.MARKDOWN:
        return Format.MARKDOWN
    return _plain(head, suffix, fronted=fronted, structured=structured)


def is_declared(text: str) -> bool:
    """Whether a text declares that it is XML."""
    return _XML.match(text) is not None


def is_mail(data: bytes, suffix: str) -> bool:
    """Whether the bytes begin with the headers of a mail, and nothing else.

    A mail is told by its bytes, since its parts may be in several encodings.
    """
    promised = SUFFIXES.get(suffix)
    if promised in (Format.CODE, Format.PYTHON):
        return False
    least = 1 if promised is Format.EML else _MIN_MAIL_HEADERS
    head = data[:_HEAD].decode("latin-1").replace("\r\n", "\n").lstrip("\ufeff\n")
    found: set[str] = set()
    for number, line in enumerate(head.split("\n")):
        if not line.strip():
            break
        if line[0] in " \t" or (number == 0 and line.startswith("From ")):
            continue
        match = _HEADER.match(line)
        if match is None:
            return False
        found.add(match[1].lower())
    return len(found & _MAIL_HEADERS) >= least and ("from" in found or least == 1)


def _structured(head: str, promised: Format) -> Format:
    """JSON and JSON Lines are told apart by their text; the others are what they promise."""
    if promised is Format.JSON and _is_json_lines(head):
        return Format.JSONL
    if promised is Format.JSONL and head.lstrip().startswith("["):
        return Format.JSON
    return promised


def _is_bare_xml(text: str, promised: Format | None) -> bool:
    """Whether a text is XML that does not declare itself: one element from begin to end."""
    if promised not in (Format.XML, Format.TEXT, None):
        return False
    root = _XML_ROOT.match(text[:_HEAD])
    if root is None:
        return False
    if promised is Format.XML:
        return True
    known = _HTML_TAG.fullmatch(root["name"]) is not None
    return not known and text.rstrip().endswith((f"</{root['name']}>", "/>"))


def _plain(head: str, suffix: str, *, fronted: bool = False, structured: bool = True) -> Format:
    """The format of a text whose suffix says little: ``.txt``, none, or one that is unknown."""
    start = head.lstrip()[:1]
    if structured and start in ("{", "[") and suffix != ".rst":
        if _is_json_lines(head):
            return Format.JSONL
        if re.match(r'\s*(?:\{\s*(?:"|\}\s*$)|\[\s*(?:[\[{"]|-?\d|\]\s*$))', head):
            return Format.JSON
    shebang = _SHEBANG.match(head)
    if shebang:
        return Format.PYTHON if shebang[1] == "python" else Format.CODE
    if suffix in (".rst", ".log"):
        return Format.TEXT
    if delimited.is_table(head):
        return Format.CSV
    if _RST.search(head):
        return Format.TEXT
    signs = fronted + sum(bool(sign.search(head)) for sign in _MARKDOWN_SIGNS)
    signs += any("---" in rule[1] for rule in _TABLE_RULE.finditer(head))
    return Format.MARKDOWN if signs >= 2 else Format.TEXT


def _is_json_lines(head: str) -> bool:
    lines = [line.strip() for line in head.split("\n", 4)[:3] if line.strip()]
    return len(lines) >= 2 and all(line[0] == "{" and line[-1] == "}" for line in lines[:2])


def _ole_problem(data: bytes) -> str:
    if _ENCRYPTED in data:
        return "is encrypted; save it without a password"
    for stream, problem in _LEGACY.items():
        if stream.encode("utf-16-le") in data:
            return problem
    return "an old Office document; save it in a current format"
