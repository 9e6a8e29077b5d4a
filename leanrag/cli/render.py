"""Shows results to people."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from leanrag.cli.console import one_line, visible
from leanrag.types import Duplicates, Hit, IngestReport, Prompt, Scalar, StoreInfo, TraceEntry

_SNIPPET = 160
_GROUPS = 10
_NAMED = 5


def show_ingest(console: Console, report: IngestReport) -> None:
    """What happened to the documents, and which ones were left out."""
    console.print(
        f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{report.deleted:,} deleted, {report.failed:,} failed"
    )
    console.print(
        f"{report.chunks:,} chunks of {report.tokens:,} tokens written in {report.seconds:.1f} s"
    )
    for source in report.deleted_sources:
        console.print(f"deleted: {one_line(source)}", soft_wrap=True)
    for failure in report.failures:
        console.print(
            f"failed: {one_line(failure.source)}: {one_line(failure.error)}", soft_wrap=True
        )


def show_prompt(console: Console, prompt: Prompt, *, explain: bool = False) -> None:
    """The messages as they are sent, the sources, and the tokens by stage."""
    for message in prompt.messages:
        console.print(Rule(one_line(str(message["role"])), align="left"))
        console.print(visible(_content(message)), soft_wrap=True)
    console.print(Rule("sources", align="left"))
    for number, source in enumerate(prompt.sources, start=1):
        place = place_of(source.source, source.page, [source.title, *source.headings])
        console.print(f"{number}. {place}", soft_wrap=True)
        if explain:
            console.print(
                f"   score {source.score:.4f}  chunk {source.id}  spans {_spans(source.spans)}"
            )
    if not prompt.sources:
        console.print("none")
    console.print(Rule("tokens", align="left"))
    show_trace(console, prompt.trace, explain=explain)
    show_tokens(console, prompt.tokens)


def show_tokens(console: Console, tokens: Mapping[str, Any]) -> None:
    """How the prompt's tokens divide, in one line."""
    parts = " + ".join(
        f"{name} {tokens[name]:,}"
        for name in ("system", "history", "context", "question", "overhead")
    )
    kind = "exact" if tokens["exact"] else "an upper bound"
    console.print(
        f"prompt {tokens['prompt']:,} of {tokens['budget']:,} tokens = {parts} "
        f"({tokens['counter']}, {kind})",
        soft_wrap=True,
    )


def show_trace(console: Console, trace: Sequence[TraceEntry], *, explain: bool = False) -> None:
    """A table of what each stage took in and gave on."""
    columns = ["stage", "items in", "items out", "tokens in", "tokens out", "seconds"]
    table = _table(*columns, *(["dropped"] if explain else []))
    for entry in trace:
        row = [
            one_line(entry.stage),
            f"{entry.items_in:,}",
            f"{entry.items_out:,}",
            f"{entry.tokens_in:,}",
            f"{entry.tokens_out:,}",
            f"{entry.seconds:.3f}",
        ]
        if explain:
            reasons = [f"{count:,} {reason}" for reason, count in entry.dropped.items()]
            row.append(one_line("; ".join(filter(None, [*reasons, entry.note]))))
        table.add_row(*row)
    console.print(table)


def show_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Hits with the beginning of their text, best first."""
    if not hits:
        console.print("no hits")
    for number, hit in enumerate(hits, start=1):
        place = place_of(hit.source, hit.chunk.page, [hit.title, *hit.chunk.headings])
        console.print(f"{number}. {hit.score:.4f} {place}", soft_wrap=True)
        text = one_line(hit.chunk.body)
        console.print(
            f"   {text if len(text) <= _SNIPPET else text[:_SNIPPET] + '…'}", soft_wrap=True
        )


def show_info(
    console: Console,
    info: StoreInfo,
    facets: Mapping[str, Sequence[tuple[Scalar, int]]] | None = None,
    duplicates: Duplicates | None = None,
) -> None:
    """Figures of a collection, its duplicates and its metadata fields."""
    console.print(
        f"documents {info.documents:,}, chunks {info.chunks:,}, tokens {info.tokens:,}"
        + (f", {info.bytes / 1e6:,.1f} MB on disk" if info.bytes else "")
    )
    console.print(one_line(f"embedding model {info.model}, engine {info.engine}"), soft_wrap=True)
    if duplicates is not None:
        _show_duplicates(console, duplicates)
    if not info.fields:
        console.print("no metadata fields")
        return
    table = _table(
        "field", "type", *(["commonest values (documents)"] if facets is not None else [])
    )
    for name, kind in sorted(info.fields.items()):
        row = [one_line(name), kind]
        if facets is not None:
            row.append(
                one_line(", ".join(f"{value} ({count:,})" for value, count in facets.get(name, ())))
            )
        table.add_row(*row)
    console.print(table)


def _show_duplicates(console: Console, duplicates: Duplicates) -> None:
    groups = [("copies", sources, "") for sources in duplicates.copies]
    groups += [
        ("nearly the same", group.sources, f" ({group.similarity:.0%} alike)")
        for group in duplicates.near
    ]
    for what, sources, note in groups[:_GROUPS]:
        named = ", ".join(sources[:_NAMED]) + (", …" if len(sources) > _NAMED else "")
        console.print(one_line(f"{what}{note}: {named}"), soft_wrap=True)
    if len(groups) > _GROUPS:
        console.print(f"and {len(groups) - _GROUPS:,} more groups of duplicates; see --json")


def show_rows(console: Console, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A titled list of names with what is to be said of them."""
    console.print(Rule(title, align="left"))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(one_line(name), one_line(text))
    console.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        text = number == 0 or column.startswith(("type", "dropped", "commonest"))
        table.add_column(column, justify="left" if text else "right", overflow="fold")
    return table


def place_of(source: str, page: int | None, path: Sequence[str]) -> str:
    """Where a piece of evidence stands: its document, page, title and headings."""
    named = f"{source}, page {page}" if page else source
    titles = " > ".join(filter(None, path))
    return one_line(f"{named}: {titles}" if titles else named)


def _spans(spans: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{start}-{end}" for start, end in spans)


def _content(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = [part.get("text", f"<{part.get('type')}>") for part in content or ()]
    calls = [str(call) for call in message.get("tool_calls") or ()]
    return "\n".join([*parts, *calls])
