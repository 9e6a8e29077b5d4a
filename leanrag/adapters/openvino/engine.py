"""OpenVINO on the CPU: imported without telemetry, one network compiled for the cores at hand."""

import os
import sys
from pathlib import Path
from threading import Lock
from typing import Any

from leanrag.errors import ModelError

_import_lock = Lock()


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def compile_graph(graph: Any, *, bf16: bool = False) -> Any:
    """A compiled model; in bfloat16 where that is asked for and the CPU has it.

    Raises:
        RuntimeError: the engine refuses the graph.
        ModelError: OpenVINO cannot be imported.
    """
    core = import_openvino().Core()
    able = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return core.compile_model(
        graph,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": "bf16" if able and bf16 else "f32",
            "INFERENCE_NUM_THREADS": cores(),
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,
        },
    )


def import_openvino() -> Any:
    """The package, imported without the part of it that reports every import to its makers."""
    telemetry = "openvino_telemetry"
    with _import_lock:
        before = sys.modules.get(telemetry)
        # openvino takes its own stand-in where the telemetry package cannot be imported
        sys.modules[telemetry] = None  # type: ignore[assignment]
        try:
            import openvino
        except ImportError as error:
            raise ModelError(
                "OpenVINO, which runs the built-in models, cannot be imported; install it with: "
                f"pip install openvino ({error})",
                service="openvino",
            ) from error
        finally:
            if before is None:
                del sys.modules[telemetry]
            else:
                sys.modules[telemetry] = before
    return openvino


def load_tokenizer(file: Path) -> Any:
    """The tokenizer in ``tokenizer.json``, which neither cuts nor pads.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no tokenizer.
    """
    from tokenizers import Tokenizer

    text = file.read_text(encoding="utf-8")
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:
        # the binding raises Exception itself, and nothing more precise
        raise ValueError(f"{file.name} is no tokenizer: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
