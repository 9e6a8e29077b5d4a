"""Writes the drill-down files while a run goes on; they appear whole at its end."""

from pathlib import Path
from types import TracebackType
from typing import IO, Self

from leanrag.evaluation.records import CASES_FILE, TEXTS_FILE, CaseRecord, pack, pack_text


class CaseWriter:
    """A context manager; the files replace earlier ones only where no error leaves the block."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._seen: set[bytes] = set()
        self._files: dict[str, IO[str]] = {}

    def __enter__(self) -> Self:
        self._out.mkdir(parents=True, exist_ok=True)
        for name in (CASES_FILE, TEXTS_FILE):
            partial = self._out / f"{name}.partial"
            self._files[name] = partial.open("w", encoding="utf-8")
        return self

    def write(self, record: CaseRecord) -> None:
        """Appends a case, and those of its texts that were not written yet."""
        line, texts = pack(record)
        for key, text in texts.items():
            short = bytes.fromhex(key)
            if short not in self._seen:
                self._seen.add(short)
                self._files[TEXTS_FILE].write(pack_text(key, text) + "\n")
        self._files[CASES_FILE].write(line + "\n")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, file in self._files.items():
            file.close()
            partial = self._out / f"{name}.partial"
            if kind is None:
                partial.replace(self._out / name)
            else:
                partial.unlink(missing_ok=True)
