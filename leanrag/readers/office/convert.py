"""Documents of other office programs, converted to a form that is read: by pandoc or LibreOffice.

Both are programs of their own and get hostile files: pandoc in its sandbox, where a document can
include no file and fetch nothing, LibreOffice in a profile made for this one file, without macros,
linked contents or a network that it would know of. Neither writes outside a temporary folder, and
both are ended with all that they started when their time is over.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from leanrag.errors import DocumentError, MissingDependencyError

EXTRA = "office"
PACKAGE = "pypandoc-binary"
MAX_BYTES = 64 << 20
_TIMEOUT_S = 90.0
_PANDOC = frozenset(("odt", "rtf", "org"))
_SOFFICE = {
    "doc": "docx", "odt": "docx", "rtf": "docx",
    "ppt": "pptx", "odp": "pptx",
    "xls": "xlsx", "ods": "xlsx",
}  # fmt: skip
_NAMES = {
    "doc": "an old Word document", "xls": "an old Excel workbook",
    "ppt": "an old PowerPoint presentation", "odt": "an OpenDocument text",
    "ods": "an OpenDocument spreadsheet", "odp": "an OpenDocument presentation",
    "rtf": "a rich text file", "org": "an Org file",
}  # fmt: skip
_HEAP = ("+RTS", "-M512M", "-RTS")
_PROFILE = "registrymodifications.xcu"
_SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Common/Misc", "UseLocking", "false"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "2"),
    ("org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)
"""No macro, no link that is followed, and a proxy that nobody listens on."""


def formats() -> frozenset[str]:
    """The formats that can be converted with what is installed here."""
    return frozenset(kind for kind in _NAMES if can(kind))


def can(kind: str) -> bool:
    """Whether the program that converts this format is installed."""
    if kind in _PANDOC and (find_spec("pypandoc") or shutil.which("pandoc")):
        return True
    return kind in _SOFFICE and bool(soffice())


def convert(data: bytes, kind: str, source: str) -> tuple[bytes, str]:
    """A document of this format as another one, and the ending of that: ".html", ".docx", ….

    Raises:
        DocumentError: the program for it is not installed, or could not convert it; the message
            says what to do.
    """
    if kind in _PANDOC and pandoc():
        return _by_pandoc(data, kind, source), ".html"
    if kind in _SOFFICE and soffice():
        return _by_soffice(data, kind, _SOFFICE[kind], source), f".{_SOFFICE[kind]}"
    raise _missing(kind, source)


def pandoc() -> str:
    """The path of pandoc, that of the extra first; empty where there is none."""
    if find_spec("pypandoc") is not None:
        import pypandoc

        try:
            return str(pypandoc.get_pandoc_path())
        except OSError:
            return ""
    return shutil.which("pandoc") or ""


def soffice() -> str:
    """The path of LibreOffice, empty where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def _missing(kind: str, source: str) -> DocumentError:
    target = _SOFFICE.get(kind)
    advice = [f"save it as .{target}"] if target else ["export it as .html or .md"]
    if kind in _SOFFICE:
        advice.insert(0, "install LibreOffice (soffice)")
    cause = MissingDependencyError(PACKAGE, EXTRA)
    if kind in _PANDOC:
        advice.insert(0, f"pip install 'leanrag[{EXTRA}]'")
    error = DocumentError(source, f"{_NAMES[kind]}; {', or '.join(advice)}")
    error.__cause__ = cause if kind in _PANDOC else None
    return error


def _by_pandoc(data: bytes, kind: str, source: str) -> bytes:
    command = [
        pandoc(), *_HEAP, "--sandbox", "--from", kind, "--to", "html5", "--standalone",
        "--wrap=none", "--mathml",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="leanrag-") as folder:
        return _run(command, (source, kind), folder=Path(folder), given=data)


def _by_soffice(data: bytes, kind: str, target: str, source: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="leanrag-") as name:
        folder = Path(name)
        profile, out = folder / "profile", folder / "out"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / _PROFILE).write_text(_profile())
        given = folder / f"document.{kind}"
        given.write_bytes(data)
        _run(
            [
                soffice(), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--invisible",
                "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard",
                "--convert-to", target, "--outdir", str(out), str(given),
            ],
            (source, kind),
            folder=folder,
        )  # fmt: skip
        made = out / f"document.{target}"
        if not made.is_file():
            raise DocumentError(
                source, f"{_NAMES[kind]} that LibreOffice cannot open; is it whole?"
            )
        if made.stat().st_size > MAX_BYTES:
            raise DocumentError(source, f"is over the limit of {MAX_BYTES:,} bytes when converted")
        return made.read_bytes()


def _profile() -> str:
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value>'
        "</prop></item>"
        for path, name, value in _SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items '
        'xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}</oor:items>'
    )


def _run(
    command: Sequence[str], document: tuple[str, str], *, folder: Path, given: bytes = b""
) -> bytes:
    """What a converter prints. It knows no home, no proxy and no folder but ``folder``.

    ``document`` is the source and the kind of what it converts.
    """
    source, kind = document
    environment = {
        "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
        "HOME": str(folder), "TMPDIR": str(folder), "SAL_USE_VCLPLUGIN": "svp",
        "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
    }  # fmt: skip
    name = Path(command[0]).name
    with subprocess.Popen(  # noqa: S603 - no shell, and nothing of the document in the arguments
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, problem = process.communicate(given, timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise DocumentError(source, f"took {name} more than {_TIMEOUT_S:g} s") from error
        finally:
            _end(process)
    if process.returncode:
        reason = " ".join(problem.decode("utf-8", "replace").split())[:200]
        raise DocumentError(
            source, f"{_NAMES[kind]} that cannot be converted: {name}: {reason or 'it failed'}"
        )
    if len(out) > MAX_BYTES:
        raise DocumentError(source, f"is over the limit of {MAX_BYTES:,} bytes when converted")
    return out


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a converter with all that it started."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
    elif process.poll() is None:
        process.kill()
