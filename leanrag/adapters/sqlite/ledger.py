"""The ledger in a SQLite file, which several threads and processes may write at once.

A connection is opened for each operation, so none is shared between threads or carried over a
fork. Rows are only ever added: triggers refuse changes and deletions. Money that is set aside for
a call counts until the call's own row is there; a call that nobody told the end of, since its
process was killed, counts with the most that it may have cost.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from leanrag.adapters.sqlite.file import pragma, statements, transaction
from leanrag.errors import StoreError
from leanrag.types import LedgerEntry, LedgerQuery, StageFigures

_VERSION = 1
_TABLES = f"""
CREATE TABLE calls (
    id TEXT PRIMARY KEY, at TEXT NOT NULL, day TEXT NOT NULL, purpose TEXT NOT NULL,
    model TEXT NOT NULL, service TEXT NOT NULL, tenant TEXT NOT NULL, tags TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, baseline_tokens INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, reported INTEGER NOT NULL,
    cost INTEGER, input_cost INTEGER, baseline_cost INTEGER, price_source TEXT NOT NULL,
    seconds REAL NOT NULL, attempts INTEGER NOT NULL, finish_reason TEXT NOT NULL,
    error TEXT NOT NULL, stages TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX calls_by_day ON calls (day, tenant);
CREATE TABLE reservations (
    id TEXT PRIMARY KEY, day TEXT NOT NULL, tenant TEXT NOT NULL, cost INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX reservations_by_day ON reservations (day, tenant);
CREATE TRIGGER calls_stay BEFORE UPDATE ON calls
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER calls_remain BEFORE DELETE ON calls
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
PRAGMA user_version = {_VERSION};
"""
_SET_ASIDE = """
CREATE TABLE IF NOT EXISTS set_aside (id TEXT PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID
"""
"""Usages that cannot be true; made when there is one, so that ledgers keep their version."""
_COLUMNS = (
    "id", "at", "purpose", "model", "service", "tenant", "tags", "prompt_tokens",
    "baseline_tokens", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens",
    "reported", "cost", "input_cost", "baseline_cost", "price_source", "seconds", "attempts",
    "finish_reason", "error", "stages",
)  # fmt: skip
_INSERT = (
    f"INSERT OR IGNORE INTO calls (day, {', '.join(_COLUMNS)}) "  # noqa: S608 - own names
    f"VALUES (?{', ?' * len(_COLUMNS)})"
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM calls"  # noqa: S608 - own names
_SPENT = """
SELECT coalesce((SELECT sum(cost) FROM calls WHERE day = :day AND tenant = :tenant), 0)
     + coalesce((SELECT sum(cost) FROM reservations AS r WHERE day = :day AND tenant = :tenant
                 AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = r.id)), 0)
"""


class SqliteLedger:
    """A ledger in one file, made at the first entry.

    Args:
        path: the file.
        timeout_s: how long to wait for others that write.
        prepare: makes the folder; by default it is made with those above it.
    """

    def __init__(
        self,
        path: Path,
        *,
        timeout_s: float = 5.0,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self._path = path
        self._prepare_folder = prepare or self._make_folder
        self._timeout_s = timeout_s

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def append(self, entry: LedgerEntry) -> None:
        """Adds an entry, once."""
        row = [getattr(entry, column) for column in _COLUMNS]
        row[_COLUMNS.index("tags")] = json.dumps(entry.tags, ensure_ascii=False)
        row[_COLUMNS.index("stages")] = json.dumps([_stage_row(stage) for stage in entry.stages])
        with self._writing() as base:
            base.execute(_INSERT, [entry.day, *row])
            if entry.set_aside:
                base.execute(_SET_ASIDE)
                told = (entry.id, entry.set_aside)
                base.execute("INSERT OR IGNORE INTO set_aside VALUES (?, ?)", told)

    def reserve(self, entry: LedgerEntry, limit: int) -> int:
        """Sets aside an entry's cost if the day's limit allows; returns what was left before."""
        cost = entry.cost or 0
        named = {"id": entry.id, "day": entry.day, "tenant": entry.tenant, "cost": cost}
        with self._writing() as base:
            left = limit - int(base.execute(_SPENT, named).fetchone()[0])
            if cost <= left:
                base.execute(
                    "INSERT OR IGNORE INTO reservations VALUES (:id, :day, :tenant, :cost)", named
                )
        return left

    def entries(self, query: LedgerQuery) -> Iterator[LedgerEntry]:
        """The entries wanted, oldest first; none where there is no file."""
        if not self._path.exists():
            return
        conditions = {
            "day >= :since": query.since or None,
            "day <= :until": query.until or None,
            "tenant = :tenant": query.tenant,
            "EXISTS (SELECT 1 FROM json_each(calls.tags) WHERE value = :tag)": query.tag,
        }
        chosen = " AND ".join(text for text, value in conditions.items() if value is not None)
        where = f" WHERE {chosen}" if chosen else ""
        with self._opened() as base:
            values = {
                "since": query.since, "until": query.until, "tenant": query.tenant,
                "tag": query.tag,
            }  # fmt: skip
            told = _told(base)
            for row in base.execute(f"{_SELECT}{where} ORDER BY at, id", values):
                yield _entry(row, told)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as base, transaction(base):
            yield base

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self._path.exists():
                self._prepare_folder()
            base = sqlite3.connect(self._path, timeout=self._timeout_s, isolation_level=None)
            try:
                self._prepare(base)
                yield base
            finally:
                base.close()
        except (sqlite3.Error, OSError, UnicodeError, OverflowError) as error:
            raise StoreError(
                f"the ledger {self._path} cannot be used: {error}; check the file and its folder, "
                "or set ledger.path to another one",
                service="ledger",
            ) from error

    def _make_folder(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def _prepare(self, base: sqlite3.Connection) -> None:
        version = pragma(base, "user_version")
        if version == _VERSION:
            return
        if version != 0:
            raise StoreError(
                f"the ledger {self._path} has version {version}, which this leanrag does not "
                f"know (it knows {_VERSION}); set ledger.path to another file",
                service="ledger",
            )
        base.execute("PRAGMA journal_mode = WAL")
        with transaction(base):
            # Unless another process has made it meanwhile.
            if pragma(base, "user_version") == 0:
                for statement in statements(_TABLES):
                    base.execute(statement)


def _stage_row(stage: StageFigures) -> list[str | int | float]:
    return [
        stage.stage, stage.items_in, stage.items_out, stage.tokens_in, stage.tokens_out,
        round(stage.seconds, 6),
    ]  # fmt: skip


def _told(base: sqlite3.Connection) -> dict[str, str]:
    """What was set aside, by the entry's id."""
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'set_aside'"
    if base.execute(known).fetchone() is None:
        return {}
    return dict(base.execute("SELECT id, told FROM set_aside").fetchall())


def _entry(row: tuple[object, ...], told: Mapping[str, str]) -> LedgerEntry:
    values = dict(zip(_COLUMNS, row, strict=True))
    try:
        values["tags"] = tuple(json.loads(str(values["tags"])))
        values["stages"] = tuple(
            StageFigures(*stage) for stage in json.loads(str(values["stages"]))
        )
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"the ledger is damaged: entry {values['id']}: {error}", service="ledger"
        ) from error
    values["reported"] = bool(values["reported"])
    values["set_aside"] = told.get(str(values["id"]), "")
    return LedgerEntry(**values)  # type: ignore[arg-type]
