"""Reads the YAML of strangers: plain values alone, and no more than the text has room for.

Names are taken as they are written (``on`` is no truth value), and so are times such as ``12:30``,
numbers with a leading zero and dates that do not exist. What an alias repeats counts each time.
"""

from functools import cache
from typing import Any

from leanrag.declared import Unusable

_MAX_SIZE = 1 << 18
"""Nodes and characters, with all that aliases repeat."""
_MAX_DEPTH = 40


def load(text: str) -> Any:
    """The value that a YAML text stands for; ``Unusable`` in place of what has an unknown tag.

    Raises:
        ValueError: it is not valid, nested too deep, or aliases make it too large.
    """
    import yaml

    try:
        loader = _loader()(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, TypeError) as error:
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None and mark.line else ""
        raise ValueError(f"{where}{problem}") from error


@cache
def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """PyYAML's safe loader with bounds."""

        def __init__(self, stream: Any) -> None:
            super().__init__(stream)
            self.sizes: dict[int, int] = {}
            self.size = 0
            self.depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            repeated = self.check_event(yaml.AliasEvent)
            if self.depth >= _MAX_DEPTH:
                raise yaml.YAMLError(f"it is nested more than {_MAX_DEPTH} levels deep")
            before = self.size
            self.depth += 1
            node = super().compose_node(parent, index)
            self.depth -= 1
            if repeated:
                if id(node) not in self.sizes:
                    raise yaml.YAMLError("an alias stands inside of what it repeats")
                self.size += self.sizes[id(node)]
            else:
                self.size += 1 + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
                self.sizes[id(node)] = self.size - before
            if self.size > _MAX_SIZE:
                raise yaml.YAMLError("aliases make it too large")
            return node

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            if not isinstance(node, yaml.MappingNode):
                return super().construct_mapping(node, deep=deep)
            self.flatten_mapping(node)
            values: dict[Any, Any] = {}
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    values[key.value] = self.construct_object(value, deep=deep)
                else:
                    values["?"] = Unusable("its name is a mapping or a list")
            return values

    def number(loader: Any, node: Any) -> Any:
        text = str(node.value)
        digits = text.lstrip("+-")
        if ":" in text or (digits[:1] == "0" and digits.isdigit() and len(digits) > 1):
            return text
        whole = node.tag.endswith(":int")
        try:
            return (loader.construct_yaml_int if whole else loader.construct_yaml_float)(node)
        except (ValueError, OverflowError, IndexError):
            return Unusable("its number cannot be read")

    def moment(loader: Any, node: Any) -> Any:
        try:
            return loader.construct_yaml_timestamp(node)
        except (ValueError, OverflowError):
            return str(node.value)

    def unknown(loader: Any, node: Any) -> Unusable:
        return Unusable(f"its tag {node.tag} is unknown")

    Loader.add_constructor("tag:yaml.org,2002:int", number)
    Loader.add_constructor("tag:yaml.org,2002:float", number)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", moment)
    Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: str(node.value))
    Loader.add_constructor(None, unknown)
    return Loader
