"""A chat service: conversations that are kept, documents that each tenant sees alone, streaming.

pip install fastapi uvicorn
LEANRAG_LLM__MODEL=gpt-4o-mini LEANRAG_LLM__API_KEY=… uvicorn --app-dir examples chat_service:app

    curl localhost:8000/documents -H 'X-Tenant: acme' \\
        --json '{"id": "a", "text": "Tolls are paid by plate."}'
    curl -N localhost:8000/chats/1 -H 'X-Tenant: acme' --json '{"message": "How are tolls paid?"}'

The header stands for what a real service takes from a signed token. The store serves one process:
run one worker, or put a Qdrant server behind it.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from leanrag import LeanRAG
from leanrag.errors import ConfigError, InputError, LeanRAGError, LLMError
from leanrag.types import Answer, CallLabel, Delta

BUDGET = 1200
Tenant = Annotated[str, Header(alias="X-Tenant", min_length=1, max_length=80)]


class Text(BaseModel):
    """A document."""

    id: str
    text: str
    title: str = ""


class Said(BaseModel):
    """What a user says."""

    message: str


@asynccontextmanager
async def lifespan(service: FastAPI) -> AsyncIterator[None]:
    """Opens the store for the life of the service."""
    service.state.rag = LeanRAG(os.environ.get("LEANRAG_STORE", "./.leanrag"), budget=BUDGET)
    yield
    service.state.rag.close()


def opened(request: Request) -> LeanRAG:
    """The store."""
    found: LeanRAG = request.app.state.rag
    return found


app = FastAPI(title="chat over documents", lifespan=lifespan)
Store = Annotated[LeanRAG, Depends(opened)]


@app.exception_handler(LeanRAGError)
async def explain(_: Request, error: LeanRAGError) -> JSONResponse:
    """leanrag's errors as HTTP statuses."""
    wrong = isinstance(error, InputError)
    status = 422 if wrong else 503 if isinstance(error, ConfigError | LLMError) else 500
    return JSONResponse({"error": type(error).__name__, "message": str(error)}, status)


@app.post("/documents")
async def add(document: Text, tenant: Tenant, rag: Store) -> dict[str, int]:
    """Adds or replaces a document that this tenant alone will see."""
    given = {
        "id": f"{tenant}/{document.id}",
        "text": document.text,
        "title": document.title,
        "metadata": {"tenant": tenant},
    }
    report = await rag.aingest([given])
    if report.failures:
        raise HTTPException(422, report.failures[0].error)
    return {"added": report.added, "updated": report.updated, "unchanged": report.unchanged}


@app.post("/chats/{name}")
async def chat(name: str, said: Said, tenant: Tenant, rag: Store) -> StreamingResponse:
    """Answers within a conversation, a line of JSON for each piece, citations at the end."""
    conversation = rag.conversation(name, tenant=tenant)
    events = rag.aask_stream(
        said.message,
        where={"tenant": tenant},
        history=conversation,
        label=CallLabel(tenant=tenant, tags=("chat",)),
    )
    # What cannot be answered at all is an error with a status, not a broken stream.
    prompt = await anext(events)

    async def lines() -> AsyncIterator[str]:
        try:
            async for event in events:
                if isinstance(event, Delta):
                    yield line(delta=event.text)
                elif isinstance(event, Answer):
                    turns = [
                        {"role": "user", "content": said.message},
                        {"role": "assistant", "content": event.text},
                    ]
                    await asyncio.to_thread(conversation.extend, turns)
                    cited = [
                        {"number": c.number, "title": c.source.title, "text": c.source.text}
                        for c in event.citations
                    ]
                    yield line(citations=cited, tokens=dict(prompt.tokens))
        except LeanRAGError as error:
            yield line(error=str(error))

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@app.get("/chats/{name}")
async def history(name: str, tenant: Tenant, rag: Store) -> list[dict[str, Any]]:
    """Every turn of a conversation."""
    turns = await asyncio.to_thread(lambda: rag.conversation(name, tenant=tenant).turns)
    return [dict(turn.message) for turn in turns]


@app.delete("/chats/{name}")
async def forget(name: str, tenant: Tenant, rag: Store) -> dict[str, bool]:
    """Deletes a conversation for good."""
    return {"deleted": await asyncio.to_thread(rag.conversation(name, tenant=tenant).delete)}


def line(**values: Any) -> str:
    """A line of JSON."""
    return json.dumps(values, ensure_ascii=False) + "\n"
