from hypothesis import given
from hypothesis import strategies as st

from leanrag.adapters.length_batches import length_batches


@given(st.lists(st.integers(0, 300)), st.integers(1, 1000))
def test_every_text_once_and_no_batch_over_the_limit(lengths: list[int], limit: int) -> None:
    batches = list(length_batches(lengths, limit))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        assert len(batch) == 1 or len(batch) * longest <= limit
    order = [lengths[index] for batch in batches for index in batch]
    assert order == sorted(order, reverse=True)


def test_ties_keep_the_input_order() -> None:
    assert list(length_batches([3, 5, 3, 5], 10)) == [[1, 3], [0, 2]]
