"""The retry loop."""

import pytest

from empiardownloader.errors import Retryable
from empiardownloader.net.errors import FileMissing
from empiardownloader.net.retry import RetryPolicy, retrying


def answering(*answers):
    left = list(answers)

    def question():
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return question


def test_failures_that_may_pass_are_asked_again_until_an_answer_comes():
    naps = []
    policy = RetryPolicy(attempts=3, first_wait=8.0)
    assert retrying(answering(Retryable("a"), Retryable("b"), 7), policy, naps.append) == 7
    assert 4 <= naps[0] <= 8 <= naps[1] <= 16


def test_the_last_failure_is_raised():
    with pytest.raises(Retryable, match="b"):
        retrying(answering(Retryable("a"), Retryable("b")), RetryPolicy(attempts=2), print)


def test_what_cannot_pass_is_not_asked_again():
    naps = []
    with pytest.raises(FileMissing):
        retrying(answering(FileMissing("gone")), RetryPolicy(), naps.append)
    assert naps == []


def test_a_server_is_not_asked_earlier_than_it_says():
    busy, naps = Retryable("busy"), []
    busy.retry_after = 50.0
    retrying(answering(busy, 1), RetryPolicy(first_wait=0.1), naps.append)
    assert naps == [50.0]
