"""Settings."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.config import Config, settings
from turboci.errors import InvalidArgument


def test_every_field_is_a_setting_with_a_flag_and_a_variable_of_its_own() -> None:
    """The table and the configuration cannot drift apart."""
    table = settings()
    assert [setting.name for setting in table] == [field.name for field in dataclasses.fields(Config)]
    assert len({setting.flag for setting in table}) == len({setting.variable for setting in table}) == len(table)
    assert all(setting.help.endswith(".") for setting in table)


def test_the_defaults_are_those_of_the_documentation() -> None:
    """An empty environment is a local server with a file in the current folder."""
    config = Config.from_environment({})
    assert config == Config()
    assert (config.host, config.port, config.sqlite_path, config.durability) == (
        "127.0.0.1",
        50051,
        "turboci.db",
        "full",
    )


def test_defaults_can_be_written_as_they_are_shown() -> None:
    """The text that --help shows as the default is read as the default."""
    assert Config.from_environment({}, {setting.name: setting.default_text for setting in settings()}) == Config()


def test_variables_are_read() -> None:
    """The two of the reference have their old names, all others begin with TURBOCI_."""
    environ = {
        "GRPC_PORT": "0",
        "SQLITE_PATH": ":memory:",
        "TURBOCI_DURABILITY": "Relaxed",
        "TURBOCI_DRAIN_TIMEOUT": "1.5",
        "TURBOCI_FAIL_WITHOUT_RUNNER_AFTER": "never",
        "TURBOCI_MAX_NODES_PER_CALL": "1,000",
        "TURBOCI_CALLBACK_ADDRESS": "",
    }
    assert Config.from_environment(environ) == Config(
        port=0, sqlite_path=None, durability="relaxed", drain_timeout=1.5, max_nodes_per_call=1000
    )


def test_a_flag_goes_before_a_variable() -> None:
    """What was typed wins over what was inherited."""
    assert Config.from_environment({"GRPC_PORT": "1"}, {"port": "2", "host": None}).port == 2


@pytest.mark.parametrize(
    ("variable", "text", "rule"),
    [
        ("GRPC_PORT", "http", "a whole number from 0 to 65,535 is needed"),
        ("GRPC_PORT", "65536", "a whole number from 0 to 65,535 is needed"),
        ("TURBOCI_HOST", "a\nb", "a host name or an IP address is needed"),
        ("TURBOCI_DURABILITY", "none", "one of full, relaxed is needed"),
        ("TURBOCI_DRAIN_TIMEOUT", "nan", "seconds from 0 to 86,400 are needed"),
        ("TURBOCI_DRAIN_TIMEOUT", "30s", "seconds from 0 to 86,400 are needed"),
        ("TURBOCI_RUNNER_TTL", "0", "a whole number from 1 to 86,400 is needed"),
        ("TURBOCI_LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR is needed"),
    ],
)
def test_a_bad_value_is_refused_with_variable_value_and_rule(variable: str, text: str, rule: str) -> None:
    """The message says where it came from, what it is, and what would be right."""
    with pytest.raises(InvalidArgument) as caught:
        Config.from_environment({variable: text})
    assert str(caught.value) == f"{variable} is {text!r}; {rule}"


def test_a_bad_flag_is_named_as_it_was_typed() -> None:
    """Who typed --db is not told about SQLITE_PATH."""
    with pytest.raises(InvalidArgument, match=r"^--drain-timeout is '-1'; "):
        Config.from_environment({}, {"drain_timeout": "-1"})


@pytest.mark.parametrize("values", [{"port": -1}, {"port": True}, {"host": ""}, {"drain_timeout": float("inf")}])
def test_values_in_code_follow_the_same_rules(values: dict[str, object]) -> None:
    """A configuration that breaks a rule cannot be made."""
    with pytest.raises(InvalidArgument, match=r"^setting "):
        Config(**values)  # type: ignore[arg-type]


@given(st.sampled_from(settings()), st.text())
def test_no_text_breaks_the_parser(setting: object, text: str) -> None:
    """Every text is a value that the setting takes, or is refused by the name of the variable that has it."""
    for each in settings():
        if each is setting:
            refusal, value = "", None
            try:
                value = each.parse(text, source=each.variable)
                each.require(value)
            except InvalidArgument as error:
                refusal = str(error)
            assert (
                each.variable in refusal or getattr(Config.from_environment({each.variable: text}), each.name) == value
            )
