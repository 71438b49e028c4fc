"""Methods that carry the settings of a session away, and into another one.

What is exported is a text of our own, to be read by this server only: NI's encoding is not public.
"""

import json
from pathlib import Path
from typing import Any

from mho.sim_instruments.ni_dcpower.attributes import ATTRIBUTES, DEFAULTS
from mho.sim_instruments.ni_dcpower.errors import (
    FILE_ACCESS,
    INVALID_CONFIGURATION,
    INVALID_VALUE,
    NiError,
)
from mho.sim_instruments.ni_dcpower.methods import Fields, Methods, ServerState
from mho.sim_instruments.ni_dcpower.values import SEQUENCE

METHODS = Methods()

FORMAT = "mho ni-dcpower configuration 1"
LARGEST = 1_000_000
"""Bytes of a configuration that will be looked at; one of all slots of a chassis has 100,000."""


@METHODS.method("ExportAttributeConfigurationBuffer")
def export_buffer(state: ServerState, request: Any) -> Fields:
    """The settings of all channels, verified."""
    return {"configuration": _exported(state, request)}


@METHODS.method("ExportAttributeConfigurationFile")
def export_file(state: ServerState, request: Any) -> None:
    """The same into a file on this computer."""
    path = _path(state, request)
    configuration = _exported(state, request)
    try:
        path.write_bytes(configuration)
    except OSError as error:
        raise NiError(FILE_ACCESS, f"{path}: {error.strerror}.") from None


@METHODS.method("ImportAttributeConfigurationBuffer")
def import_buffer(state: ServerState, request: Any) -> None:
    """Settings exported from a session with as many channels of the same models, in order."""
    _import(state, request, request.configuration)


@METHODS.method("ImportAttributeConfigurationFile")
def import_file(state: ServerState, request: Any) -> None:
    """The same from a file on this computer."""
    path = _path(state, request)
    try:
        with path.open("rb") as file:
            configuration = file.read(LARGEST + 1)
    except OSError as error:
        raise NiError(FILE_ACCESS, f"{path}: {error.strerror}.") from None
    _import(state, request, configuration)


def _path(state: ServerState, request: Any) -> Path:
    state.session(request)
    path = Path(request.file_path)
    if not path.is_absolute() or "\0" in request.file_path:
        raise NiError(INVALID_VALUE, f'File path: "{request.file_path}"; it must be absolute.')
    return path


def _exported(state: ServerState, request: Any) -> bytes:
    channels = list(state.session(request).channels.values())
    for channel in channels:
        _not_in_sequence_mode(channel.settings["SOURCE_MODE"])
        channel.check()
    content = {
        "format": FORMAT,
        "models": [channel.module.version.model for channel in channels],
        "settings": [channel.settings for channel in channels],
    }
    return json.dumps(content).encode()


def _import(state: ServerState, request: Any, configuration: bytes) -> None:
    channels = list(state.session(request).channels.values())
    models = [channel.module.version.model for channel in channels]
    content = _decoded(configuration)
    if content.get("models") != models:
        raise NiError(
            INVALID_CONFIGURATION,
            f"It is of {content.get('models')}, this session has {models}.",
        )
    settings = content.get("settings")
    if not isinstance(settings, list) or len(settings) != len(channels):
        raise NiError(INVALID_CONFIGURATION, "It does not hold the settings of every channel.")
    accepted = [_accepted(each) for each in settings]
    for channel in channels:
        channel.must_be_idle("Import Attribute Configuration")
        _not_in_sequence_mode(channel.settings["SOURCE_MODE"])
    for channel, values in zip(channels, accepted, strict=True):
        channel.take_over(values)


def _decoded(configuration: bytes) -> dict[str, Any]:
    try:
        if len(configuration) > LARGEST:
            raise ValueError
        content = json.loads(configuration)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise NiError(INVALID_CONFIGURATION, "It is not what this server exports.")
    return content


_TYPES: dict[str, tuple[type, ...]] = {
    "Int32": (int,), "Int64": (int,), "Real64": (int, float), "String": (str,), "Boolean": (bool,),
}  # fmt: skip


def _accepted(values: object) -> dict[str, Any]:
    """Settings that are each valid, whoever wrote them; what is missing is at its default."""
    if not isinstance(values, dict) or not values.keys() <= DEFAULTS.keys():
        raise NiError(INVALID_CONFIGURATION, "It holds settings that there are not.")
    found = dict(DEFAULTS)
    for name, value in values.items():
        attribute = ATTRIBUTES[name]
        if type(value) not in _TYPES[attribute.kind]:
            raise NiError(INVALID_CONFIGURATION, f"{name} is {value!r}.")
        if value != attribute.default and attribute.accept is not None:
            found[name] = attribute.accept(value, found)
    _not_in_sequence_mode(found["SOURCE_MODE"])
    return found


def _not_in_sequence_mode(source_mode: int) -> None:
    if source_mode == SEQUENCE:
        raise NiError(INVALID_CONFIGURATION, "Not available in sequence source mode.")
