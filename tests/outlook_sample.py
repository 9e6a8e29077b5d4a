"""Small Outlook messages: a compound file (MS-CFB) with the streams of MS-OXMSG."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI = 512, 64
_CUTOFF = 4096
_TEXT, _BINARY = 0x001F, 0x0102


@dataclass
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    children: list["_Entry"] = field(default_factory=list)
    number: int = 0


def message(
    texts: Mapping[int, str],
    *,
    recipients: tuple[tuple[str, str], ...] = (),
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """A message with texts by property number: 0x0037 subject, 0x1000 body, 0x0C1F sender, …"""
    top = _storage(
        "Root Entry", {n: text.encode("utf-16-le") for n, text in texts.items()}, 32, kind=5
    )
    top.children.append(_Entry("__nameid_version1.0", 1))
    for place, (name, address) in enumerate(recipients):
        values = {0x3001: name.encode("utf-16-le"), 0x39FE: address.encode("utf-16-le")}
        top.children.append(_storage(f"__recip_version1.0_#{place:08X}", values, 8))
    for place, (name, content) in enumerate((attachments or {}).items()):
        one = _storage(f"__attach_version1.0_#{place:08X}", {0x3707: name.encode("utf-16-le")}, 8)
        (properties,) = [child for child in one.children if child.name.startswith("__prop")]
        properties.content += struct.pack("<HHIQ", 3, 0x3705, 6, 1)  # attached by value
        properties.content += struct.pack("<HHIQ", _BINARY, 0x3701, 6, len(content))
        one.children.append(_Entry(f"__substg1.0_3701{_BINARY:04X}", 2, content))
        top.children.append(one)
    return _file(top)


def _storage(name: str, texts: Mapping[int, bytes], header: int, *, kind: int = 1) -> _Entry:
    properties = bytearray(header)
    entry = _Entry(name, kind)
    for number, content in texts.items():
        properties += struct.pack("<HHIQ", _TEXT, number, 6, len(content) + 2)
        entry.children.append(_Entry(f"__substg1.0_{number:04X}{_TEXT:04X}", 2, content))
    entry.children.append(_Entry("__properties_version1.0", 2, bytes(properties)))
    return entry


def _file(top: _Entry) -> bytes:
    entries: list[_Entry] = []

    def number(entry: _Entry) -> None:
        entry.number = len(entries)
        entries.append(entry)
        entry.children.sort(key=lambda one: (len(one.name), one.name.upper()))
        for child in entry.children:
            number(child)

    number(top)
    fat: list[int] = []
    sectors = bytearray()
    mini, mini_fat = bytearray(), []

    def store(content: bytes) -> int:
        if not content:
            return _END
        start, count = len(fat), -(-len(content) // _SECTOR)
        fat.extend([*range(start + 1, start + count), _END])
        sectors.extend(content.ljust(count * _SECTOR, b"\0"))
        return start

    starts: dict[int, int] = {}
    for entry in entries:
        if entry.kind != 2:
            continue
        if len(entry.content) >= _CUTOFF:
            starts[entry.number] = store(entry.content)
        elif entry.content:
            start, count = len(mini_fat), -(-len(entry.content) // _MINI)
            mini_fat.extend([*range(start + 1, start + count), _END])
            mini.extend(entry.content.ljust(count * _MINI, b"\0"))
            starts[entry.number] = start
    top.content = bytes(mini)
    starts[0] = store(top.content)
    first_mini_fat = store(struct.pack(f"<{len(mini_fat)}I", *mini_fat))
    directory = b"".join(_directory_entry(entry, entries, starts) for entry in entries)
    first_directory = store(directory)
    fat_start = len(fat)
    count = -(-(fat_start + 2) // (_SECTOR // 4))
    fat.extend([_FAT] * count)
    table = fat + [_FREE] * (count * _SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6),
        0, count, first_directory, 0, _CUTOFF, first_mini_fat,
        -(-len(mini_fat) * 4 // _SECTOR), _END, 0, fat_start,
    )  # fmt: skip
    places = [*range(fat_start + 1, fat_start + count)]
    header += struct.pack(f"<{len(places)}I", *places)
    header = header.ljust(_SECTOR, b"\xff")
    return header + bytes(sectors) + struct.pack(f"<{len(table)}I", *table)


def _directory_entry(entry: _Entry, entries: list[_Entry], starts: Mapping[int, int]) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    right = _FREE
    for parent in entries:
        if entry in parent.children:
            at = parent.children.index(entry)
            if at + 1 < len(parent.children):
                right = parent.children[at + 1].number
    child = entry.children[0].number if entry.children else _FREE
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name, len(name), entry.kind, 1, _FREE, right, child, bytes(16), 0, 0, 0,
        starts.get(entry.number, _END if entry.kind != 1 else 0), len(entry.content),
    )  # fmt: skip
