"""Cases, pipelines and suite files as tests of the evaluation need them."""

import json
from pathlib import Path
from typing import Any

import yaml

from leanrag.evaluation.cases import Case, parse_case
from leanrag.evaluation.pipelines.contract import Pipeline
from leanrag.evaluation.pipelines.registry import REGISTRY, build
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo


def case_of(**values: Any) -> Case:
    """A case as it would be read from a file."""
    made = parse_case(values, "test", 1)
    assert isinstance(made, Case), made
    return made


def pipeline(name: str, bench: Workbench, **options: Any) -> Pipeline:
    """A pipeline by its registered name, with its usual options but for those given."""
    entry = REGISTRY[name]
    info = PipelineInfo(
        name=name,
        title=name,
        role=entry.role,
        options={"use": name, **entry.options, **options},
        budgeted=entry.budgeted,
    )
    return build(info, bench)


def suite_file(folder: Path, **values: Any) -> Path:
    """A suite as a file of YAML."""
    path = folder / "suite.yaml"
    # Through JSON, so that tuples become lists.
    path.write_text(yaml.safe_dump(json.loads(json.dumps(values)), allow_unicode=True), "utf-8")
    return path
