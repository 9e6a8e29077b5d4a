"""What is summarised when: turns, spans, the whole."""

import itertools
from collections.abc import Sequence

from leanrag.history.hierarchy import (
    FAN,
    WHOLE,
    Job,
    Limits,
    latest_whole,
    next_job,
    standing,
)
from leanrag.types import Summary

LIMITS = Limits(after=100, newest=40, span=50)


def made(job: Job) -> Summary:
    return Summary(job.level, job.start, job.end, (), (), 0)


def due(summaries: Sequence[Summary], tokens: Sequence[int]) -> Job | None:
    return next_job(summaries, tokens, LIMITS, block_end=lambda position: position + 1)


def work_off(tokens: Sequence[int], summaries: list[Summary]) -> list[Job]:
    jobs = []
    while (job := due(summaries, tokens)) is not None:
        jobs.append(job)
        summaries.append(made(job))
    return jobs


def test_nothing_is_due_before_the_threshold() -> None:
    assert due([], []) is None
    assert due([], [10] * 10) is None


def test_a_span_and_then_the_whole() -> None:
    first, second = work_off([10] * 11, [])
    assert (first.level, first.start, first.end) == (1, 0, 5)
    assert (second.level, second.start, second.end) == (WHOLE, 0, 5)
    assert [(part.start, part.end) for part in second.parts] == [(0, 5)]


def test_the_newest_turns_are_left_alone() -> None:
    summaries: list[Summary] = []
    work_off([10] * 200, summaries)
    covered = standing(summaries)[-1].end
    assert 200 - covered >= LIMITS.newest // 10
    assert (200 - covered) * 10 <= LIMITS.after


def test_summaries_tile_what_they_cover_however_it_grows() -> None:
    summaries: list[Summary] = []
    for length in range(0, 1200, 7):
        work_off([1 + (13 * n) % 30 for n in range(length)], summaries)
    tiles = standing(summaries)
    assert tiles[0].start == 0
    assert all(one.end == other.start for one, other in itertools.pairwise(tiles))
    assert max(summary.level for summary in summaries) >= 3
    assert len([tile for tile in tiles if tile.level == 1]) < FAN
    whole = latest_whole(summaries)
    assert whole is not None
    assert whole.end == tiles[-1].end


def test_every_summary_reads_a_bounded_number_of_others() -> None:
    for job in work_off([10] * 3000, []):
        assert len(job.parts) <= FAN * 5
        if job.level == 1:
            assert job.end - job.start <= 6
        elif job.level != WHOLE:
            assert len(job.parts) == FAN
            assert (job.start, job.end) == (job.parts[0].start, job.parts[-1].end)


def test_a_turn_larger_than_all_limits_is_one_span() -> None:
    first = due([], [5, 5000, 5, 5])
    assert first is not None
    assert (first.start, first.end) == (0, 2)


def test_a_call_and_its_results_are_summarised_together() -> None:
    ends = {3: 8, 4: 8, 5: 8, 6: 8, 7: 8}
    job = next_job([], [10] * 30, LIMITS, block_end=lambda n: ends.get(n, n + 1))
    assert job is not None
    assert job.end == 8
    waiting = next_job([], [10] * 11, LIMITS, block_end=lambda n: 11 if n >= 2 else n + 1)
    assert waiting is not None
    assert waiting.end == 2


def test_two_that_summarise_at_once_do_no_harm() -> None:
    twice = [Summary(1, 0, 5, (), (), 0), Summary(1, 0, 5, (), (), 0), Summary(1, 3, 9, (), (), 0)]
    assert [(tile.start, tile.end) for tile in standing(twice)] == [(0, 5)]
