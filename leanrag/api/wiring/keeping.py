"""Keeps what is dear to make: made once, by whoever needs it first, and bounded in number."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

_T = TypeVar("_T")


class _Place(Generic[_T]):
    """Room for one thing, which is made by the first who asks while the others wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: list[_T] = []

    def get(self, make: Callable[[], _T]) -> _T:
        with self._lock:
            if not self._made:
                self._made.append(make())
            return self._made[0]


_held: WeakValueDictionary[Hashable, _Place[Any]] = WeakValueDictionary()
"""The places of the process that some keeper holds; a place that none holds any more is gone."""
_guard = Lock()


class Keeper(Generic[_T]):
    """The last few things of one kind, by what they are made from. Safe to use from threads.

    Args:
        most: how many are kept; the one that was not asked for the longest goes first.
        shared: whether the same thing is given to all who keep it at the same time.
    """

    def __init__(self, most: int, *, shared: bool = False) -> None:
        self._most = most
        self._shared = shared
        self._lock = Lock()
        self._places: OrderedDict[Hashable, _Place[_T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """What is kept under this key; where there is nothing, what ``make`` makes."""
        with self._lock:
            place = self._places.get(key) or self._place(key)
            self._places[key] = place
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
        return place.get(make)

    def clear(self) -> None:
        """Lets go of everything; what others hold stays theirs."""
        with self._lock:
            self._places.clear()

    def _place(self, key: Hashable) -> _Place[_T]:
        if not self._shared:
            return _Place()
        with _guard:
            return _held.setdefault(key, _Place())
