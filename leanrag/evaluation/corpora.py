"""Documents that every machine has, by the names that suites use instead of a path."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class NamedCorpus:
    """Documents that need no path, and the file they come from."""

    documents: Callable[[], Iterator[Mapping[str, Any]]]
    file: Callable[[], Path]


def python_topics() -> Iterator[Mapping[str, Any]]:
    """The Python language reference, as ``help()`` shows it, a document for each topic."""
    topics_file()
    from pydoc_data.topics import topics

    for name, text in sorted(topics.items()):
        # The first line is the heading, underlined in the second.
        title = text.lstrip().partition("\n")[0].replace('"', "")
        yield {"id": name, "title": title, "text": text}


def topics_file() -> Path:
    """The module that holds the topics. Raises ``EvaluationError`` where Python comes without."""
    found = find_spec("pydoc_data")
    for folder in (found.submodule_search_locations or ()) if found else ():
        file = Path(folder) / "topics.py"
        if file.is_file():
            return file
    raise EvaluationError(
        "pydoc:topics: this Python comes without pydoc_data.topics; install its standard library "
        "in full"
    )


CORPORA: dict[str, NamedCorpus] = {"pydoc:topics": NamedCorpus(python_topics, topics_file)}
