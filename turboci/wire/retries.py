"""The policy of retries."""

from __future__ import annotations

from turboci.retry import RetryOn, RetryPolicy
from turboci.v1 import common_pb2
from turboci.wire import enums, times
from turboci.wire.paths import each

_DEFAULT = RetryPolicy()


def retry_policy(message: common_pb2.RetryPolicy) -> RetryPolicy:
    """Return the policy; what is unset keeps its default.

    Raises:
        InvalidArgument: A number is out of range or not listed.
    """
    retry_on = RetryOn(0)
    for cause in each(lambda number: enums.retry_cause(number, ""), message.retry_on, "retry_on"):
        retry_on |= cause
    return RetryPolicy(
        max_attempts=message.max_attempts if message.HasField("max_attempts") else _DEFAULT.max_attempts,
        initial_backoff=times.seconds(message.initial_backoff, "initial_backoff")
        if message.HasField("initial_backoff")
        else _DEFAULT.initial_backoff,
        multiplier=message.multiplier if message.HasField("multiplier") else _DEFAULT.multiplier,
        max_backoff=times.seconds(message.max_backoff, "max_backoff")
        if message.HasField("max_backoff")
        else _DEFAULT.max_backoff,
        retry_on=retry_on or _DEFAULT.retry_on,
    )


def retry_policy_message(policy: RetryPolicy) -> common_pb2.RetryPolicy:
    """Return the message for the policy."""
    return common_pb2.RetryPolicy(
        max_attempts=policy.max_attempts,
        initial_backoff=times.duration(policy.initial_backoff, "initial_backoff"),
        multiplier=policy.multiplier,
        max_backoff=times.duration(policy.max_backoff, "max_backoff"),
        retry_on=[number for cause, number in enums.RETRY_CAUSES.items() if cause in policy.retry_on],
    )


def stored_policy(message: common_pb2.RetryPolicy | None) -> RetryPolicy:
    """Return the policy of a stored stage; None is the default.

    Raises:
        InvalidArgument: As `retry_policy`.
    """
    return _DEFAULT if message is None else retry_policy(message)


def stored_policy_message(policy: RetryPolicy) -> common_pb2.RetryPolicy | None:
    """Return the message for the policy of a stored stage, or None if it is the default."""
    return None if policy is _DEFAULT or policy == _DEFAULT else retry_policy_message(policy)
