"""What programs read: values of the model as JSON, field by field under their own names."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from datetime import datetime

import click

from turboci.payloads import JSON


def as_json(value: object) -> JSON:
    """Return a value as JSON: enums by their name, times in ISO 8601, dataclasses with all their fields."""
    if value is None or isinstance(value, (bool, str, float)):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no value of the model")


def print_json(value: object) -> None:
    """Print a value on stdout, one document, indented; ASCII only, so that no terminal acts on what is in it."""
    click.echo(json.dumps(as_json(value), indent=2))
