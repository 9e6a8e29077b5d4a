"""How far two rankings agree."""

from collections.abc import Mapping, Sequence


def kendall_tau(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Kendall's tau-b of two scorings of the same items, -1 to 1; 1 where neither ranks.

    Pairs that one side ties are left out of that side's norm (Kendall, 1945,
    https://doi.org/10.1093/biomet/33.3.239). Looks at all pairs, so for short lists.

    >>> kendall_tau({"a": 3, "b": 2, "c": 1}, {"a": 30, "b": 10, "c": 20})
    0.3333333333333333
    """
    items: Sequence[str] = sorted(first)
    agreed = left = right = 0
    for place, one in enumerate(items):
        for other in items[:place]:
            a = _sign(first[one] - first[other])
            b = _sign(second[one] - second[other])
            agreed += a * b
            left += abs(a)
            right += abs(b)
    norm = float((left * right) ** 0.5)
    return agreed / norm if norm else 1.0


def _sign(difference: float) -> int:
    return (difference > 0) - (difference < 0)
