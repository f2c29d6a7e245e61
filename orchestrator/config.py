"""The settings of the server: names, defaults, rules, flags and variables in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from orchestrator.settings import (
    METADATA_KEY,
    About,
    Choice,
    Rule,
    Seconds,
    Setting,
    Text,
    WholeNumber,
)
from turboci.retry import MAX_SECONDS

MIB: Final = 1 << 20
GIB: Final = 1 << 30


def _about(variable: str, rule: Rule, help: str, *, flag: str = "") -> dict[str, About]:
    flag = flag or "--" + variable.removeprefix("TURBOCI_").lower().replace("_", "-")
    return {METADATA_KEY: About(help=help, rule=rule, flag=flag, variable=variable)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """How the server is set up. Times are seconds, sizes are bytes.

    Attributes:
        sqlite_path: The database file; None keeps everything in memory.
        fail_without_runner_after: None lets stages wait for ever for a runner.
        retain_plans_for: 0 or None deletes no plan by age.
        retain_plans_most: 0 deletes no plan by number.
        callback_address: None means the address that the server is bound to.

    Raises:
        InvalidArgument: A value breaks its rule.

    Example:
        >>> Config.from_environment({"GRPC_PORT": "0"}).port
        0
    """

    host: str = field(
        default="127.0.0.1",
        metadata=_about("TURBOCI_HOST", Text("a host name or an IP address"), "Address to listen on."),
    )
    port: int = field(
        default=50051,
        metadata=_about("GRPC_PORT", WholeNumber(0, 65_535), "Port to listen on; 0 takes a free one.", flag="--port"),
    )
    sqlite_path: str | None = field(
        default="turboci.db",
        metadata=_about(
            "SQLITE_PATH",
            Text("a file name", absent=":memory:"),
            "Database file; ':memory:' keeps nothing.",
            flag="--db",
        ),
    )
    durability: Literal["full", "relaxed"] = field(
        default="full",
        metadata=_about(
            "TURBOCI_DURABILITY",
            Choice(("full", "relaxed")),
            "full: what was acknowledged survives power loss. relaxed: it survives a crash of the server only.",
        ),
    )
    drain_timeout: float = field(
        default=30.0,
        metadata=_about("TURBOCI_DRAIN_TIMEOUT", Seconds(0, 86_400), "Time that running work gets on shutdown."),
    )
    accept_timeout: float = field(
        default=30.0,
        metadata=_about("TURBOCI_ACCEPT_TIMEOUT", Seconds(0.1, 86_400), "Time to accept an ASYNC execution."),
    )
    default_timeout: float = field(
        default=600.0,
        metadata=_about("TURBOCI_DEFAULT_TIMEOUT", Seconds(0.001, MAX_SECONDS), "Time of an attempt that names none."),
    )
    runner_ttl: int = field(
        default=300,
        metadata=_about("TURBOCI_RUNNER_TTL", WholeNumber(1, 86_400), "Life of a registration that names none."),
    )
    no_runner_warning: float = field(
        default=10.0,
        metadata=_about("TURBOCI_NO_RUNNER_WARNING", Seconds(0, MAX_SECONDS), "Wait for a runner before a warning."),
    )
    fail_without_runner_after: float | None = field(
        default=None,
        metadata=_about(
            "TURBOCI_FAIL_WITHOUT_RUNNER_AFTER",
            Seconds(0.001, MAX_SECONDS, absent="never"),
            "Wait for a runner before the stage is FAILED; 'never' waits on.",
        ),
    )
    stall_after: float = field(
        default=2.0,
        metadata=_about("TURBOCI_STALL_AFTER", Seconds(0, MAX_SECONDS), "Silence before a plan counts as stalled."),
    )
    callback_address: str | None = field(
        default=None,
        metadata=_about(
            "TURBOCI_CALLBACK_ADDRESS",
            Text("host:port", absent="auto"),
            "Address at which runners reach this server; 'auto' is the one that it listens on.",
        ),
    )
    max_message_bytes: int = field(
        default=64 * MIB,
        metadata=_about("TURBOCI_MAX_MESSAGE_BYTES", WholeNumber(4096, GIB - 1), "Largest message."),
    )
    max_nodes_per_call: int = field(
        default=100_000,
        metadata=_about("TURBOCI_MAX_NODES_PER_CALL", WholeNumber(1, 10_000_000), "Most nodes that one call writes."),
    )
    max_nodes_per_plan: int = field(
        default=1_000_000,
        metadata=_about("TURBOCI_MAX_NODES_PER_PLAN", WholeNumber(1, 100_000_000), "Most nodes of a plan."),
    )
    max_payload_bytes: int = field(
        default=8 * MIB,
        metadata=_about(
            "TURBOCI_MAX_PAYLOAD_BYTES",
            WholeNumber(1024, GIB - 1),
            "Largest options, args, result data or details, each.",
        ),
    )
    max_progress_entries: int = field(
        default=100,
        metadata=_about("TURBOCI_MAX_PROGRESS_ENTRIES", WholeNumber(1, 100_000), "Progress entries kept per attempt."),
    )
    max_log_bytes: int = field(
        default=4 * MIB,
        metadata=_about("TURBOCI_MAX_LOG_BYTES", WholeNumber(0, GIB - 1), "Output kept per attempt, the newest."),
    )
    retain_plans_for: float | None = field(
        default=30 * 86_400.0,
        metadata=_about(
            "TURBOCI_RETAIN_PLANS_FOR",
            Seconds(0, MAX_SECONDS, absent="never"),
            "Time that finished plans are kept; 0 or 'never' does not delete them by age.",
        ),
    )
    retain_plans_most: int = field(
        default=100_000,
        metadata=_about(
            "TURBOCI_RETAIN_PLANS_MOST",
            WholeNumber(0, 2**63 - 1),
            "Most finished plans that are kept; 0 does not delete them by number.",
        ),
    )
    log_level: str = field(
        default="INFO",
        metadata=_about(
            "TURBOCI_LOG_LEVEL", Choice(("DEBUG", "INFO", "WARNING", "ERROR")), "Least level that is logged."
        ),
    )

    def __post_init__(self) -> None:
        for setting in settings():
            setting.require(getattr(self, setting.name))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], flags: Mapping[str, str | None] | None = None) -> Config:
        """Read the settings; a flag goes before a variable, a variable before the default.

        Args:
            environ: Usually ``os.environ``; a variable that is empty counts as not set.
            flags: Texts from the command line by field name; None counts as not given.

        Raises:
            InvalidArgument: A value breaks its rule; the message names the flag or variable, the value and the rule.
        """
        given = flags or {}
        values: dict[str, Any] = {}
        for setting in settings():
            text = given.get(setting.name)
            source = setting.flag
            if text is None:
                text = environ.get(setting.variable) or None
                source = setting.variable
            if text is not None:
                values[setting.name] = setting.parse(text, source=source)
        return cls(**values)


def settings() -> tuple[Setting, ...]:
    """Return every setting, in the order of `Config`."""
    return _SETTINGS


def _read_table() -> tuple[Setting, ...]:
    table = []
    for entry in fields(Config):
        about: About = entry.metadata[METADATA_KEY]
        default: Any = entry.default
        table.append(
            Setting(
                name=entry.name,
                flag=about.flag,
                variable=about.variable,
                help=about.help,
                rule=about.rule,
                default=default,
            )
        )
    return tuple(table)


_SETTINGS: Final = _read_table()
