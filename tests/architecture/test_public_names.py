"""The names that other programs use."""

import inspect
import sys

import pytest

import leanrag
from leanrag import errors


def test_the_package_exports_what_is_documented() -> None:
    own = ["LeanRAG", "Settings", "__version__", "compress", "condense", "errors"]
    assert sorted(leanrag.__all__) == sorted([*own, *errors.__all__])
    for name in leanrag.__all__:
        assert getattr(leanrag, name) is not None
    assert set(leanrag.__all__) <= set(dir(leanrag))


def test_every_error_is_importable_from_the_package_itself() -> None:
    kinds = {name for name, kind in vars(errors).items() if inspect.isclass(kind)}
    assert kinds == set(errors.__all__)
    for name in kinds:
        assert getattr(leanrag, name) is getattr(errors, name)
    with pytest.raises(leanrag.BudgetError):
        raise leanrag.SpendingError("no money left", tenant="acme")


def test_a_subpackage_does_not_hide_the_function_of_its_name() -> None:
    import leanrag.compress.similarity
    from leanrag import compress

    assert inspect.isfunction(compress)
    assert compress is leanrag.compress
    assert "leanrag.compress.similarity" in sys.modules


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(leanrag, "LeanRag")


def test_the_api_takes_what_is_documented() -> None:
    def names(function: object) -> list[str]:
        return [name for name in inspect.signature(function).parameters if name != "self"]  # type: ignore[arg-type]

    rag = leanrag.LeanRAG
    assert names(rag.ingest) == ["paths", "metadata", "prune", "force", "workers", "progress"]
    assert names(rag.prompt) == ["question", "budget", "model", "where", "history"]
    assert names(rag.search) == ["question", "top_k", "where", "history"]
    assert names(rag.conversation) == ["id", "tenant"]
    assert names(rag.ask) == ["question", "budget", "model", "where", "history", "label"]
    assert names(rag.ask_many)[:2] == ["questions", "parallel"]
    assert names(rag.ask_many)[2:] == names(rag.ask)[1:]
    assert names(rag.record) == ["prompt", "usage", "model", "label", "seconds", "error"]
    assert names(rag.ledger) == ["since", "until", "tenant", "tag"]
    assert names(rag.unmask) == ["answer", "prompt"]
    assert names(rag.document) == ["document_id"]
    assert names(rag.delete) == ["sources", "where"]
    assert names(leanrag.compress)[:3] == ["question", "texts", "budget"]
    assert names(leanrag.condense)[:3] == ["history", "question", "budget"]
    for name in ("aingest", "aprompt", "asearch", "aask", "aask_many"):
        assert inspect.iscoroutinefunction(getattr(rag, name))


def test_a_conversation_takes_what_is_documented() -> None:
    from leanrag.api import Conversation

    signature = inspect.signature(Conversation.messages)
    assert list(signature.parameters) == ["self", "budget", "question", "model"]
    for name in ("add", "extend", "condense", "summarise", "delete"):
        assert callable(getattr(Conversation, name))
    for name in ("turns", "summary", "facts"):
        assert isinstance(getattr(Conversation, name), property)
    for name in ("aadd", "amessages", "acondense"):
        assert inspect.iscoroutinefunction(getattr(Conversation, name))


def test_asynchronous_methods_take_what_the_others_take() -> None:
    from leanrag.api import Conversation

    pairs = {
        "aingest": "ingest",
        "aprompt": "prompt",
        "asearch": "search",
        "asearch_many": "search_many",
        "aask": "ask",
        "ask_stream": "ask",
        "aask_stream": "ask",
        "aask_many": "ask_many",
        "aadd": "add",
        "amessages": "messages",
        "acondense": "condense",
    }
    found = set()
    for owner in (leanrag.LeanRAG, Conversation):
        methods = dict(inspect.getmembers(owner, inspect.isfunction))
        for name, other in pairs.items():
            if name in methods:
                theirs = inspect.signature(methods[other]).parameters
                assert inspect.signature(methods[name]).parameters == theirs, name
                found.add(name)
        awaited = {name for name, method in methods.items() if _is_awaited(method)}
        assert {name for name in awaited if name[0] != "_"} <= {*pairs, "aclose"}
    assert found == set(pairs)


def _is_awaited(method: object) -> bool:
    return inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)


def test_the_tree_of_errors() -> None:
    tree = {
        kind.__name__: kind.__bases__[0].__name__
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, Exception)
    }
    assert tree == {
        "LeanRAGError": "Exception",
        "ConfigError": "LeanRAGError",
        "MissingDependencyError": "ConfigError",
        "InputError": "LeanRAGError",
        "DocumentError": "InputError",
        "FilterError": "InputError",
        "BudgetError": "LeanRAGError",
        "SpendingError": "BudgetError",
        "MaskingError": "LeanRAGError",
        "BackendError": "LeanRAGError",
        "StoreError": "BackendError",
        "PruneError": "StoreError",
        "StoreInUseError": "StoreError",
        "ModelError": "BackendError",
        "LLMError": "BackendError",
        "LLMUnavailableError": "LLMError",
        "LLMAccessError": "LLMError",
        "LLMRateLimitError": "LLMError",
        "LLMRefusedError": "LLMError",
        "LLMResponseError": "LLMError",
        "PromptTooLongError": "LLMError",
        "EvaluationError": "LeanRAGError",
    }
