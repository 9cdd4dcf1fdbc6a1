"""Reads settings from flags, then from the environment; a bad value stops the start."""

import argparse
import os
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from .settings import Settings

PREFIX = "SIMULATOR_"


def add_setting_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting; flags of yes-or-no settings take no value."""
    for name, field in Settings.model_fields.items():
        is_switch = field.annotation is bool
        kind: dict[str, Any] = (
            {"action": argparse.BooleanOptionalAction} if is_switch else {"metavar": "VALUE"}
        )
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            default=None,
            help=f"{field.description} (default {field.default!r})".replace("%", "%%"),
            **kind,
        )


def settings_from(
    arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Return the settings from flags and environment; a flag overrides the environment.

    Raises:
        ValueError: a setting is wrong; the message names it.
    """
    values: dict[str, Any] = {}
    for name in Settings.model_fields:
        given = getattr(arguments, name, None)
        value = environment.get(PREFIX + name.upper()) if given is None else given
        if value is not None and value != "":
            values[name] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as wrong:
        problem = wrong.errors()[0]
        message = f"{problem['loc'][0]}: {problem['msg']}"
        raise ValueError(message) from wrong
