"""LlamaIndex before and after: the same question, and what each way sends to the model.

python examples/llama_index_before_after.py ["When is the else clause of a try statement executed?"]

The documents are the topics of the Python language reference that every interpreter carries.
MockLLM stands for the model: it repeats what it is sent, so nothing is asked for and nothing is
spent. Put any LlamaIndex LLM in its place.
"""

import sys
import tempfile
from pydoc_data.topics import topics

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.llms import MockLLM
from rich.console import Console
from rich.table import Table

from leanrag import LeanRAG
from leanrag.integrations.llama_index import (
    LeanChunker,
    LeanCompressor,
    LeanEmbedding,
    LeanQueryEngine,
    LeanReranker,
    ingest_documents,
)
from leanrag.tokens import counter_for

QUESTION = "When is the else clause of a try statement executed?"
NAMES = ("assert", "assignment", "break", "class", "continue", "dict", "else", "exceptions", "for",
         "function", "global", "if", "import", "lambda", "raise", "return", "try", "while", "with",
         "yield")  # fmt: skip
BUDGET = 300


def documents() -> list[Document]:
    """Twenty topics as LlamaIndex documents."""
    return [
        Document(id_=name, text=topics[name], metadata={"title": name})
        for name in NAMES
        if name in topics
    ]


def main() -> None:
    """Asks three engines the same question and prints what each sent."""
    question = sys.argv[1] if len(sys.argv) > 1 else QUESTION
    given, llm, embedding = documents(), MockLLM(), LeanEmbedding()

    # before: LlamaIndex as it comes
    index = VectorStoreIndex.from_documents(given, embed_model=embedding)
    before = index.as_query_engine(llm=llm).query(question)

    # leanrag's chunker, reranker and compressor in LlamaIndex's own index and query engine
    lean = VectorStoreIndex.from_documents(
        given, embed_model=embedding, transformations=[LeanChunker()]
    )
    steps = [LeanReranker(top_n=8), LeanCompressor(budget=BUDGET)]
    between = lean.as_query_engine(llm=llm, similarity_top_k=20, node_postprocessors=steps).query(
        question
    )

    # leanrag's store, hybrid search and prompt behind LlamaIndex's interface
    with tempfile.TemporaryDirectory() as folder, LeanRAG(folder) as rag:
        ingest_documents(rag, given)
        after = LeanQueryEngine(rag, llm, budget=BUDGET).query(question)

    count = counter_for("gpt-4o").count
    table = Table("", "tokens sent", "holds the sentence", title=question)
    for name, response in (
        ("LlamaIndex, 2 nodes of 1024/200", before),
        ("with leanrag's chunker, reranker, compressor", between),
        ("LeanQueryEngine", after),
    ):
        sent = str(response)
        holds = "control flow leaves the" in " ".join(sent.split())
        table.add_row(name, f"{count(sent):,}", "yes" if holds else "no")
    console = Console()
    console.print(table)
    for item in after.source_nodes:
        spans = item.node.metadata["leanrag_spans"]
        console.print(f"{item.node.metadata['title']} {spans}", item.node.text, sep="\n")


if __name__ == "__main__":
    main()
