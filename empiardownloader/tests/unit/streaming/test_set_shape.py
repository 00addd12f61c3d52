"""The shape of a set: its first three movies in any order of arrival, and the majority."""

import itertools
from random import Random

import pytest

from empiardownloader.streaming.set_shape import SetShape, Shape

A = Shape(128, 128, 40)
SHORT = Shape(128, 128, 2)
HALF = Shape(64, 64, 40)
MORE = Shape(128, 128, 46)


def shape_of(movies, order=None, declared=()):
    """The decided shape of movies (None: no movie), which arrive in this order."""
    known = SetShape()
    known.declare(declared)
    names = [f"m{number}" for number in range(len(movies))]
    known.expect(names)
    for number in order or range(len(movies)):
        if movies[number] is None:
            known.exclude(names[number])
        else:
            known.add(names[number], movies[number])
    return known


@pytest.mark.parametrize("movies, expected", [
    ([A, A, A, A], A),
    ([SHORT, A, A, A], A),
    ([A, SHORT, A, A], A),
    ([A, A, SHORT, A], A),
    ([None, A, SHORT, A, SHORT], A),
    ([None, None, None, SHORT], SHORT),
    ([SHORT], SHORT),
    ([HALF, A, MORE], HALF),
    ([A, HALF, HALF, A, A, A], HALF),
])
def test_the_first_three_of_the_list_decide_in_whatever_order_they_arrive(movies, expected):
    for order in itertools.islice(itertools.permutations(range(len(movies))), 200):
        assert shape_of(movies, order).decided == expected, order


@pytest.mark.parametrize("declared, expected", [
    ((), A),
    ((None, None, 2), SHORT),
    ((128, 128, 40), A),
    ((64, 64, None), HALF),
])
def test_of_equally_common_shapes_the_declared_one_is_taken_else_the_first(declared, expected):
    assert shape_of([A, SHORT, HALF], declared=declared).decided == expected


def test_nothing_is_decided_before_the_first_three_are_here():
    known = SetShape()
    known.expect(["a", "b", "c", "d"])
    known.add("d", SHORT)
    known.add("a", A)
    known.add("b", A)
    assert known.decided is None
    known.add("c", SHORT)
    assert known.decided == A
    known.add("e", SHORT)
    assert known.decided == A, "what was published stays"


def test_movies_that_were_not_downloaded_are_not_waited_for():
    known = SetShape()
    known.expect(["a", "b", "c"])
    known.add("b", A)
    known.miss("a")
    assert known.decided is None
    known.miss("c")
    assert known.decided == A
    assert known.excluded_count() == 0, "they are to come, not to be replaced"


def test_at_the_end_of_a_stopped_run_those_that_are_here_decide():
    known = SetShape()
    known.expect(["a", "b", "c"])
    known.add("b", SHORT)
    assert known.decide_now() == SHORT
    without_list = SetShape()
    without_list.add("x", A)
    assert without_list.decided is None
    assert without_list.decide_now() == A


@pytest.mark.parametrize("odd", [SHORT, HALF, MORE, None], ids=["short", "half", "more", "none"])
@pytest.mark.parametrize("place", range(6))
def test_one_odd_movie_changes_nothing_wherever_it_is_and_whenever_it_arrives(place, odd):
    movies = [A] * 6
    movies[place] = odd
    random = Random(place)
    answers = set()
    for _ in range(20):
        known = shape_of(movies, random.sample(range(6), 6))
        answers.add((known.decided, known.of_the_many(), known.excluded_count(),
                     *known.lines()))
    assert len(answers) == 1
    assert answers.pop()[:2] == (A, A)


@pytest.mark.parametrize("shape, words", [
    (A, ""),
    (MORE, ""),
    (Shape(128, 128, 20), ""),
    (Shape(128, 128, 80), ""),
    (Shape(128, 128, 19), "19 frames, the movies of the set have 40"),
    (Shape(128, 128, 81), "81 frames, the movies of the set have 40"),
    (HALF, "64 x 64 pixels, the movies of the set have 128 x 128"),
    (Shape(128, 64, 40), "128 x 64 pixels"),
])
def test_what_differs_too_much_cannot_be_in_the_set(shape, words):
    known = shape_of([A, A, A])
    assert known.decided == A
    reason = known.misfit(shape)
    assert words in reason
    assert bool(words) == bool(reason)


def test_other_frame_counts_are_told_with_their_numbers():
    known = shape_of([A, A, A, MORE, MORE, Shape(128, 128, 39), SHORT, HALF])
    assert known.lines() == ["1 movie has 39 frames, the set has 40: m5",
                             "2 movies have 46 frames, the set has 40: m3, m4"]


def test_of_many_movies_with_other_frame_counts_three_are_named():
    known = shape_of([A] * 6 + [MORE] * 5)
    assert known.lines() == ["5 movies have 46 frames, the set has 40: m6, m7, m8 and 2 more"]


@pytest.mark.parametrize("movies, expected", [
    ([A, A, A, A], A),
    ([SHORT, SHORT, SHORT, A, A, A, A], A),
    ([SHORT, SHORT, A, A], SHORT),
    ([HALF, HALF, HALF, MORE, MORE, MORE, MORE, A], MORE),
])
def test_the_many_are_known_at_the_end_and_a_tie_changes_nothing(movies, expected):
    known = shape_of(movies)
    assert known.decided == movies[0]
    assert known.of_the_many() == expected


@pytest.mark.parametrize("frames, expected", [
    ([1003, 1001, 1002, 1001, 1004, 1001, 999, 1000], 1003),
    ([1003, 1001, 1002, 1001, 1001, 1001, 1004], 1001),
    ([400, 1001, 1002, 1001, 999, 1001, 998], 1001),
])
def test_frames_that_vary_a_little_describe_no_set_anew_unless_most_movies_agree(frames, expected):
    movies = [Shape(4096, 4096, count) for count in frames]
    assert shape_of(movies).of_the_many() == Shape(4096, 4096, expected)


def test_many_frame_counts_are_one_line():
    movies = [Shape(4096, 4096, count) for count in (1000, 1000, 1000, 998, 1003, 1001, 998, 999)]
    assert shape_of(movies).lines() == [
        "5 movies have 998 to 1003 frames, the set has 1000: m3, m6, m7 and 2 more"]


def test_ten_files_that_are_no_movies_are_enough_and_nine_are_not():
    assert not shape_of([None] * 9).is_hopeless
    assert shape_of([None] * 10).is_hopeless
    assert shape_of([None] * 30).is_hopeless
    assert not shape_of([None] * 9 + [A]).is_hopeless


def test_the_search_for_replacements_ends_after_twenty_files_in_a_row():
    assert not shape_of([A, *[None] * 19]).has_run_dry
    assert shape_of([A, *[None] * 20]).has_run_dry
    assert not shape_of([A, *[None] * 20, A]).has_run_dry
    assert shape_of([A, A, A, *[Shape(64, 64 + n, 40) for n in range(20)]]).has_run_dry
    assert not shape_of([A, A, A, *[HALF] * 20]).has_run_dry, "they are the many"


@pytest.mark.parametrize("movies, count", [
    ([A, A, A, A], 0),
    ([A, SHORT, None, A, HALF], 3),
    ([A, A, A, MORE], 0),
    ([SHORT, SHORT, A, A, A], 2),
    ([SHORT, SHORT, SHORT, A, A], 2),
    ([HALF, HALF, HALF, *[A] * 9, None], 4),
])
def test_as_many_files_are_replaced_as_the_set_will_not_have_in_the_end(movies, count):
    # The first three may be the odd ones, and are excluded then.
    assert shape_of(movies).excluded_count() == count
