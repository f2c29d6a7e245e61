"""Functional options of `define_check` and `define_stage`, and the keywords that say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypedDict, Unpack

from ci.builders import CheckBuilder, RetryFields, StageBuilder, new_check, new_stage
from ci.helpers import depends_on, edges
from ci.workflow.suggestions import did_you_mean
from turboci.dependencies import Dependable, DependencyGroup, NodeKind, Predicate
from turboci.errors import InvalidArgument
from turboci.retry import RetryPolicy
from turboci.states import CheckState, ExecutionMode, StageState
from turboci.writes import CheckWrite, StageWrite

CheckOption: TypeAlias = Callable[[CheckBuilder], object]
StageOption: TypeAlias = Callable[[StageBuilder], object]
Many: TypeAlias = Dependable | Sequence[Dependable]
"""One dependency or several; a lone string is one id."""


class CheckFields(TypedDict, total=False):
    """What can be said about a check with keywords.

    Example:
        await wf.define_check("test", kind="test", depends_on=["build", "lint"], options={"shards": 4})
    """

    kind: str
    state: CheckState
    depends_on: Many
    options: Mapping[str, object]


class StageFields(TypedDict, total=False):
    """What can be said about a stage with keywords.

    Example:
        await wf.define_stage("exec:test", runner="tester", assigns="test", args={"fast": True}, timeout=60)
    """

    runner: str
    mode: ExecutionMode
    state: StageState
    after: Many
    args: Mapping[str, object]
    assigns: str | Sequence[str]
    retry: RetryPolicy
    timeout: float


def with_kind(kind: str) -> CheckOption:
    """Say what kind of check it is.

    Example:
        await wf.define_check("test", ci.with_kind("test"))
    """
    return lambda check: check.kind(kind)


def with_check_state(state: CheckState) -> CheckOption:
    """Write the check in this state.

    Example:
        await wf.define_check("test", ci.with_check_state(ci.CheckState.PLANNING))
    """
    return lambda check: check.state(state)


def with_check_deps(*refs: Dependable) -> CheckOption:
    """Let the check wait for all of `refs`; a plain string is a check id.

    Example:
        await wf.define_check("test", ci.with_check_deps("build", ci.check("lint").finished))
    """
    return lambda check: check.depends_on(*refs)


def with_check_option(key: str, value: object) -> CheckOption:
    """Set one option of the check.

    Example:
        await wf.define_check("test", ci.with_check_option("shards", 4))
    """
    return lambda check: check.option(key, value)


def with_check_options(options: Mapping[str, object]) -> CheckOption:
    """Set several options of the check.

    Example:
        await wf.define_check("test", ci.with_check_options({"shards": 4, "fast": True}))
    """
    return lambda check: check.options(options)


def with_runner(runner_type: str) -> StageOption:
    """Say which runners may execute the stage.

    Example:
        await wf.define_stage("exec:test", ci.with_runner("tester"))
    """
    return lambda stage: stage.runner_type(runner_type)


def with_sync() -> StageOption:
    """Let the runner answer within the call.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_sync())
    """
    return lambda stage: stage.sync()


def with_async() -> StageOption:
    """Let the runner accept the stage and answer later.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_async())
    """
    return lambda stage: stage.async_()


def with_stage_state(state: StageState) -> StageOption:
    """Write the stage in this state.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_stage_state(ci.StageState.PLANNED))
    """
    return lambda stage: stage.state(state)


def with_stage_deps(*refs: Dependable) -> StageOption:
    """Let the stage wait for all of `refs`; a plain string is a stage id.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_stage_deps("exec:build", ci.check("lint").finished))
    """
    return lambda stage: stage.depends_on(_after(refs))


def with_stage_arg(key: str, value: object) -> StageOption:
    """Set one argument of the stage.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_stage_arg("fast", True))
    """
    return lambda stage: stage.arg(key, value)


def with_stage_args(args: Mapping[str, object]) -> StageOption:
    """Set several arguments of the stage.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_stage_args({"fast": True, "shards": 4}))
    """
    return lambda stage: stage.args(args)


def assigns_to(*check_ids: str) -> StageOption:
    """Let the stage answer these checks.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.assigns_to("test", "coverage"))
    """
    return lambda stage: stage.assigns(*check_ids)


def with_retry(**policy: Unpack[RetryFields]) -> StageOption:
    """Say when to try the stage again; times are seconds.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_retry(max_attempts=5, initial_backoff=2.0))
    """
    return lambda stage: stage.retry(**policy)


def with_timeout(seconds: float) -> StageOption:
    """Limit one attempt of the stage.

    Example:
        await wf.define_stage("s", ci.with_runner("r"), ci.with_timeout(60))
    """
    return lambda stage: stage.timeout(seconds)


def check_write(id: str, settings: Sequence[CheckOption], fields: CheckFields) -> CheckWrite:
    """Return what options and keywords say about a check.

    Raises:
        InvalidArgument: A keyword is none.
    """
    _require_known(f"check {id!r}", fields, CheckFields)
    builder = new_check(id)
    for setting in settings:
        setting(builder)
    if "kind" in fields:
        builder.kind(fields["kind"])
    if "state" in fields:
        builder.state(fields["state"])
    if "options" in fields:
        builder.options(fields["options"])
    if "depends_on" in fields:
        builder.dependencies(depends_on(*_many(fields["depends_on"])))
    return builder.build()


def stage_write(id: str, settings: Sequence[StageOption], fields: StageFields) -> StageWrite:
    """Return what options and keywords say about a stage.

    Raises:
        InvalidArgument: Nothing says which runners may execute it, or a keyword is none.
    """
    _require_known(f"stage {id!r}", fields, StageFields)
    builder = new_stage(id)
    for setting in (*settings, *_stage_options(fields)):
        setting(builder)
    return builder.build()


def _require_known(subject: str, fields: Iterable[str], known: type) -> None:
    """Refuse keywords that say nothing.

    Raises:
        InvalidArgument: There is one; the text has the one that was probably meant.
    """
    settings = sorted(known.__annotations__)
    for field in fields:
        if field not in settings:
            raise InvalidArgument(
                subject,
                f"has no setting {field!r}{did_you_mean(field, settings)}",
                hint=f"there are {', '.join(settings)}",
                field=field,
            )


def _stage_options(fields: StageFields) -> list[StageOption]:
    options: list[StageOption] = []
    if "runner" in fields:
        options.append(with_runner(fields["runner"]))
    if "mode" in fields:
        options.append(with_sync() if fields["mode"] is ExecutionMode.SYNC else with_async())
    if "state" in fields:
        options.append(with_stage_state(fields["state"]))
    if "after" in fields:
        options.append(with_stage_deps(*_many(fields["after"])))
    if "args" in fields:
        options.append(with_stage_args(fields["args"]))
    if "assigns" in fields:
        assigned = fields["assigns"]
        options.append(assigns_to(*([assigned] if isinstance(assigned, str) else assigned)))
    if "retry" in fields:
        options.append(_retry(fields["retry"]))
    if "timeout" in fields:
        options.append(with_timeout(fields["timeout"]))
    return options


def _retry(policy: RetryPolicy) -> StageOption:
    return with_retry(
        max_attempts=policy.max_attempts,
        initial_backoff=policy.initial_backoff,
        multiplier=policy.multiplier,
        max_backoff=policy.max_backoff,
        retry_on=policy.retry_on,
    )


def _after(refs: Sequence[Dependable]) -> DependencyGroup:
    return DependencyGroup(Predicate.AND, edges(tuple(refs), NodeKind.STAGE, "after"))


def _many(value: Many) -> Sequence[Dependable]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
