"""What is said of a task that Spark gave up: the cause's own line, and advice that fits it."""

import time

import pytest

from tenfold.spark._search import advice, job

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


def test_tries_before_the_last_are_heard(spark, spark_kind):
    if spark_kind == "connect":
        pytest.skip("a Connect server keeps them to itself")
    context = spark.sparkContext

    def fail(number):
        if number == 1:
            raise OSError("No space left on device")

    context.setJobGroup("tries", "a task that fails, and one that does not")
    try:
        with pytest.raises(Exception, match="No space left on device"):
            context.parallelize(range(2), 2).foreach(fail)
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
    presence = job._ClassicPresence(spark, "tries")
    give_up = time.monotonic() + 60
    while not (said := presence.failed_tries(1)) and time.monotonic() < give_up:
        time.sleep(0.05)  # Spark's listeners hear of it by and by
    assert len(said) == 1
    assert not presence.failed_tries(0)
    assert "local disk is full" in advice.on(advice.cause("\n".join(["Broken pipe", *said])))
