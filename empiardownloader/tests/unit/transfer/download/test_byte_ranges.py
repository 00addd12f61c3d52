"""Received byte ranges, and their allocation to connections, without a file."""

import random

import pytest

from empiardownloader.transfer.download.byte_ranges import ByteRanges
from empiardownloader.transfer.download.segments import MIN_SEGMENT, SegmentPlan

MB = 1 << 20


# ------ sets of bytes


def bytes_of(ranges):
    return {byte for start, stop in ranges for byte in range(start, stop)}


def test_ranges_are_the_set_of_the_bytes_that_were_added():
    chance = random.Random(1)
    for _ in range(300):
        ranges, expected = ByteRanges(), set()
        for _ in range(chance.randrange(12)):
            start = chance.randrange(60)
            stop = start + chance.randrange(15)
            ranges.add(start, stop)
            expected |= set(range(start, stop))
        told = list(ranges)
        assert bytes_of(told) == expected
        assert ranges.total == len(expected)
        assert all(start < stop for start, stop in told)
        assert all(a[1] < b[0] for a, b in zip(told, told[1:])), "apart from each other"
        gaps = ranges.gaps(80)
        assert bytes_of(gaps) == set(range(80)) - expected
        assert ranges.contiguous_prefix() == (gaps[0][0] if gaps else 80)
        edge = chance.randrange(80)
        ranges.truncate(edge)
        assert bytes_of(ranges) == {byte for byte in expected if byte < edge}


@pytest.mark.parametrize("ranges", [[], [(0, 5)], [(3, 5), (70, 10**13)], [(0, 2), (4, 6), (8, 9)]])
def test_a_map_tells_what_was_written_into_it(ranges):
    line = ByteRanges(ranges).encode(4096)
    assert list(ByteRanges.decode(line + b"rests of a longer one")) == ranges


def test_a_map_that_was_cut_or_spoilt_tells_nothing():
    line = ByteRanges([(0, 5), (30, 47)]).encode(4096)
    assert all(ByteRanges.decode(line[:length]) is None for length in range(len(line)))
    for place in range(len(line)):
        for letter in b"0 9\n":
            spoilt = line[:place] + bytes([letter]) + line[place + 1 :]
            assert spoilt == line or ByteRanges.decode(spoilt) is None
    assert ByteRanges.decode(bytes(4096)) is None


def test_a_map_without_room_says_less_and_never_more():
    ranges = ByteRanges((start, start + 1) for start in range(0, 4000, 2))
    line = ranges.encode(4096)
    assert len(line) <= 4096
    told = list(ByteRanges.decode(line))
    assert told == list(ranges)[: len(told)]
    assert len(told) > 300


# ------ parts for connections


def parts(plan):
    return [(segment.position, segment.stop) for segment in plan._running]


@pytest.mark.parametrize("connections", [1, 2, 3, 4, 5, 12])
def test_a_big_file_is_dealt_out_in_equal_parts(connections):
    size = 600 * MB
    plan = SegmentPlan(size, ByteRanges())
    for _ in range(connections):
        plan.allocate(-(-size // connections))
    found = parts(plan)
    assert found[0][0] == 0
    assert found[-1][1] == size
    assert all(a[1] == b[0] for a, b in zip(found, found[1:]))
    lengths = [stop - start for start, stop in found]
    assert max(lengths) - min(lengths) <= connections


@pytest.mark.parametrize("size", [0, 1, MIN_SEGMENT, 2 * MIN_SEGMENT - 1])
def test_a_small_file_is_for_one_connection(size):
    plan = SegmentPlan(size, ByteRanges())
    segment = plan.allocate(1)
    assert (segment is None) == (size == 0)
    assert size == 0 or (segment.position, segment.stop) == (0, size)
    assert plan.shareable_bytes() == 0
    assert plan.allocate(1) is None


def test_no_part_is_smaller_than_what_is_worth_a_request():
    plan = SegmentPlan(100 * MB, ByteRanges())
    while plan.allocate(1) is not None:
        pass
    assert min(stop - start for start, stop in parts(plan)) >= MIN_SEGMENT
    assert plan.shareable_bytes() == 0


def test_what_nobody_brings_is_taken_before_what_is_being_brought():
    plan = SegmentPlan(100 * MB, ByteRanges([(50 * MB, 60 * MB)]))
    first = plan.allocate(None)
    second = plan.allocate(None)
    assert parts(plan) == [(0, 50 * MB), (60 * MB, 100 * MB)]
    third = plan.allocate(None)
    assert (first.stop, third.position, third.stop) == (25 * MB, 25 * MB, 50 * MB)
    assert second.stop == 100 * MB


def test_the_longest_part_gives_its_end_away():
    plan = SegmentPlan(100 * MB, ByteRanges())
    first = plan.allocate(60 * MB)
    second = plan.allocate(40 * MB)
    plan._received.add(second.position, 95 * MB)
    second.position = 95 * MB
    third = plan.allocate(10 * MB)
    assert (first.stop, third.position, third.stop) == (50 * MB, 50 * MB, 60 * MB)
    assert second.stop == 100 * MB


def test_a_part_whose_server_cannot_stop_gives_nothing_away():
    plan = SegmentPlan(100 * MB, ByteRanges())
    plan.allocate(None, can_shrink=False)
    assert plan.shareable_bytes() == 0
    assert plan.allocate(None) is None


def test_what_a_connection_left_is_there_for_others():
    plan = SegmentPlan(100 * MB, ByteRanges())
    first = plan.allocate(50 * MB)
    plan.allocate(50 * MB)
    first.position = 20 * MB
    plan._received.add(0, 20 * MB)
    plan.release(first)
    assert plan.shareable_bytes() == 30 * MB
    third = plan.allocate(None)
    assert (third.position, third.stop) == (20 * MB, 50 * MB)


def test_whatever_comes_and_goes_every_byte_comes_once_and_all_come():
    chance = random.Random(2)
    for _ in range(60):
        size = chance.randrange(1, 200 * MB)
        come, came_twice = ByteRanges(), []
        plan, running = SegmentPlan(size, come), []
        for _ in range(10_000):
            if not plan.remaining:
                break
            act = chance.random()
            if act < 0.3 and len(running) < 12:
                segment = plan.allocate(chance.choice([None, 1, size // 3]))
                running += [segment] if segment else []
            elif running:
                segment = chance.choice(running)
                count = min(segment.remaining, chance.randrange(1, 8 * MB))
                before = come.total
                come.add(segment.position, segment.position + count)
                came_twice += [segment] if come.total != before + count else []
                segment.position += count
                if not segment.remaining or act > 0.95:
                    running.remove(segment)
                    plan.release(segment)
        assert not plan.remaining
        assert not came_twice
        assert list(come) == [(0, size)]


def test_a_file_is_not_whole_while_a_connection_that_has_its_bytes_may_receive_more():
    received = ByteRanges()
    plan = SegmentPlan(100 * MB, received)
    first, other = plan.allocate(50 * MB), plan.allocate(None)
    received.add(0, 100 * MB)
    for segment in (first, other):
        segment.position = segment.stop
    plan.release(other)
    assert (plan.remaining, plan.is_busy, plan.is_ending) == (0, False, True)
    plan.release(first)
    assert not plan.is_ending


def test_a_cancelled_connection_is_not_waited_for():
    plan = SegmentPlan(100 * MB, ByteRanges())
    plan.allocate(50 * MB)
    plan.cancel_others()
    assert not plan.is_ending
