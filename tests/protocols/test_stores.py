"""The store's contract is made of parts that do not overlap."""

from itertools import combinations

from leanrag import protocols
from leanrag.protocols import (
    DocumentStore,
    EvidenceStore,
    Store,
    StoreAdmin,
    StoreReader,
    StoreSearcher,
    StoreWriter,
)

PARTS: tuple[type, ...] = (StoreReader, StoreSearcher, StoreWriter, StoreAdmin)


def members(contract: type) -> set[str]:
    """The public members that a contract asks for, those that it inherits included."""
    return {name for kind in contract.__mro__ for name in vars(kind) if name[0] != "_"}


def test_no_method_belongs_to_two_parts() -> None:
    for one, other in combinations(PARTS, 2):
        assert members(one).isdisjoint(members(other))


def test_a_store_is_its_parts_and_nothing_else() -> None:
    assert members(Store) == set().union(*map(members, PARTS))
    assert members(EvidenceStore) == members(StoreReader) | members(StoreSearcher)
    assert members(DocumentStore) == members(StoreReader) | members(StoreWriter)


def test_every_contract_has_a_public_name() -> None:
    contracts = {
        name
        for module in vars(protocols).values()
        if getattr(module, "__name__", "").startswith("leanrag.protocols.")
        for name, kind in vars(module).items()
        if getattr(kind, "_is_protocol", False) and kind.__module__ == module.__name__
    }
    assert contracts == set(protocols.__all__)
