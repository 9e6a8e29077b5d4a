"""Content hashes and ids that are the same in every process and on every machine."""

import hashlib
from uuid import UUID


def content_hash(data: str | bytes) -> str:
    """SHA-256 of the bytes, or of the text's UTF-8 bytes, as 64 hexadecimal digits.

    Lone surrogates, which have no UTF-8 form, are hashed as their three-byte generalisation.
    """
    return hashlib.sha256(_octets(data)).hexdigest()


def stable_id(*parts: str) -> str:
    """An id in UUID form that depends on the parts alone, their number and their limits.

    Each part is hashed behind its length, so that ``("ab", "c")`` and ``("a", "bc")`` differ.
    The result is a valid version-8 UUID (RFC 9562: custom, name-based), which Qdrant accepts
    as a point id.
    """
    digest = hashlib.sha256()
    for part in parts:
        octets = _octets(part)
        digest.update(len(octets).to_bytes(8, "big"))
        digest.update(octets)
    raw = bytearray(digest.digest()[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return str(UUID(bytes=bytes(raw)))


def _octets(data: str | bytes) -> bytes:
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
