"""A programming algorithm that a recipe names, with its settings: checked, then built."""

from typing import Any

from pydantic import ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from mho import plugins
from mho.device.profile import DeviceProfile
from mho.errors import MhoError, SettingsError
from mho.plugins import unknown
from mho.programming.algorithm import Algorithm, AlgorithmKind, Means


def kind_named(name: str) -> AlgorithmKind:
    """The algorithm of that name.

    Raises
    ------
    SettingsError
        There is none; the known ones are listed.
    MhoError
        The plug-in offers something else, or cannot be imported.
    """
    found = plugins.load(plugins.ALGORITHMS, name)
    if not isinstance(found, AlgorithmKind):
        raise MhoError(
            f'the plug-in behind the programming algorithm "{name}" is a {type(found).__name__}, '
            "no AlgorithmKind"
        )
    return found


def known_algorithm(name: str) -> str:
    """The name, for the validator of a recipe.

    Raises
    ------
    ValueError
        There is no such algorithm, or it cannot be loaded.
    """
    try:
        kind_named(name)
    except SettingsError as error:
        raise ValueError("; ".join(one.message for one in error.problems)) from None
    except MhoError as error:
        raise ValueError(str(error)) from None
    return name


def checked_settings(settings: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    """The table of settings as it was written, for the validator of a recipe.

    Raises
    ------
    ValidationError
        Everything in it that the algorithm of the recipe (read before) does not take.
    """
    name = info.data.get("algorithm")
    if name is None:  # that is wrong already
        return settings
    kind = kind_named(name)
    try:
        kind.settings.model_validate(settings, context=info.context)
    except ValidationError as error:
        found = [_with_known(detail, kind) for detail in error.errors()]
        raise ValidationError.from_exception_data(kind.name, found) from None
    return settings


def _with_known(detail: ErrorDetails, kind: AlgorithmKind) -> InitErrorDetails:
    """What pydantic found; of an unknown key also which ones there are."""
    found: InitErrorDetails = {
        "type": detail["type"],
        "loc": detail["loc"],
        "input": detail["input"],
        "ctx": detail.get("ctx", {}),
    }
    if detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1:
        said = unknown("key", str(detail["loc"][0]), kind.settings.model_fields)
        text = f"{said.message} ({kind.name})"
        found["type"] = PydanticCustomError("value_error", "{said}", {"said": text})
    return found


def built(name: str, settings: dict[str, Any], means: Means, profile: DeviceProfile) -> Any:
    """The algorithm of a recipe, for these means and this type of device.

    Raises
    ------
    MhoError
        As `kind_named`, or what it builds is no algorithm.
    """
    kind = kind_named(name)
    algorithm: Algorithm[Any] = kind.build(kind.settings.model_validate(settings), means, profile)
    return algorithm
