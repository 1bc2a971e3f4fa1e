"""What is said of a task that Spark gave up: the cause's own line, and advice that fits it."""

import pytest

from tenfold.spark._search import advice

JAVA = """An error occurred while calling o90.getResult.
: org.apache.spark.SparkException: Exception thrown in awaitResult:
\tat org.apache.spark.util.SparkThreadUtils$.awaitResult(SparkThreadUtils.scala:53)
Caused by: org.apache.spark.SparkException: Job aborted due to stage failure: Task 1 in stage 3.0 failed \
1 times, most recent failure: Lost task 1.0 in stage 3.0 (TID 7) (10.0.0.3 executor 1): {}
\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
Driver stacktrace:
"""


@pytest.mark.parametrize(
    ("cause", "said_to_do"),
    [
        ("java.io.IOException: No space left on device", "local disk is full"),
        ("ExecutorLostFailure (executor 1 exited): Command exited with code 137", "more memory"),
        ("org.apache.spark.SparkException: Python worker exited: SIGBUS", "local disk is full"),
        ("java.lang.IllegalStateException: unread block data", "more memory"),
    ],
)
def test_the_cause_and_the_advice(cause, said_to_do):
    said = advice.cause(JAVA.format(cause))
    assert cause in said
    assert "getResult" not in said
    assert said_to_do in advice.on(said)


def test_a_plain_message_is_its_own_cause():
    assert advice.cause("search task 3 of this job: no memory left") == (
        "search task 3 of this job: no memory left"
    )


def test_a_cause_further_down():
    assert advice.cause("An error occurred\nCaused by: a\n  at x\nCaused by: b: why") == "b: why"
