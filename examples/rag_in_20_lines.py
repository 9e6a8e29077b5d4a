"""A RAG application in twenty lines: documents go in once, each question gets a lean prompt.

python examples/rag_in_20_lines.py FOLDER "How do I cancel a query?"

Without an endpoint it prints the prompt; with LEANRAG_LLM__MODEL (and LEANRAG_LLM__BASE_URL,
LEANRAG_LLM__API_KEY) set, any OpenAI-compatible model answers, with citations.
"""

import sys

from leanrag import LeanRAG

folder, question = sys.argv[1], sys.argv[2]
with LeanRAG("./.leanrag", budget=600) as rag:
    report = rag.ingest([folder])
    print(f"{report.added} added, {report.unchanged} unchanged, {report.failed} failed")
    if rag.settings.llm.model:
        answer = rag.ask(question)
        print(answer.text)
        for citation in answer.citations:
            print(f"[{citation.number}] {citation.source.source} {citation.source.spans}")
    else:
        prompt = rag.prompt(question)
        print(prompt.messages[-1]["content"])
        print(f"{prompt.tokens.prompt} of {prompt.tokens.budget} tokens")
