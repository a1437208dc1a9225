"""Checks of calls of the AWS CLI, by botocore's models of the services: the CLI itself need not be there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

# Options of every command (the CLI's reference of global options); those that take no value are below.
_GLOBAL = {
    "--region",
    "--profile",
    "--output",
    "--query",
    "--endpoint-url",
    "--cli-binary-format",
    "--max-items",
}
_GLOBAL_FLAGS = {"--no-cli-pager", "--no-paginate", "--debug"}
# What the CLI has added to the services' own operations, with its options (its reference).
_ADDED = {("logs", "tail"): {"--follow", "--since", "--format", "--filter-pattern", "--log-stream-names"}}
_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def operations(service: str) -> Mapping[str, str]:
    """Return a service's operations by the names that the CLI gives them."""
    return {xform_name(name, "-"): name for name in _model(service).operation_names}


def aws_problems(arguments: Sequence[str], folder: Path, *, is_whole: bool = True) -> Iterator[str]:
    """Say what is wrong with a call; of what is missing only if it is whole. Files are those of `folder`."""
    if len(arguments) < 2 or arguments[0].startswith("-"):
        yield "names no service and operation"
        return
    service, name, *rest = arguments
    if (service, name) in _ADDED:
        used = {each for each in rest if each.startswith("--")}
        yield from (f"{name} has no {each}" for each in sorted(used - _ADDED[service, name] - _GLOBAL))
        return
    try:
        known = operations(service)
    except UnknownServiceError:
        yield f"{service}: no such service"
        return
    if name == "wait":
        yield from _waiter_problems(service, rest)
    elif name not in known:
        yield f"{service} has no operation {name}"
    else:
        yield from _problems(_model(service).operation_model(known[name]), rest, folder, is_whole=is_whole)


def _waiter_problems(service: str, rest: Sequence[str]) -> Iterator[str]:
    waiters = botocore.session.get_session().get_waiter_model(service).waiter_names
    if not rest or rest[0] not in {xform_name(each, "-") for each in waiters}:
        yield f"{service} has no waiter {rest[:1]}"


def _problems(
    operation: OperationModel, rest: Sequence[str], folder: Path, *, is_whole: bool
) -> Iterator[str]:
    shape = operation.input_shape
    members = {f"--{xform_name(name, '-')}": name for name in (shape.members if shape else {})}
    given: dict[str, Any] = {}
    for option, values in options_of(rest):
        if option in _GLOBAL:
            continue
        member = members.get(option) or members.get(option.replace("--no-", "--", 1))
        if not member or not shape:
            yield f"{operation.name} has no {option}"
            continue
        given[member] = _value(shape.members[member], option, values, folder)
        yield from _choice_problems(shape.members[member], option, given[member])
    if shape:
        report = ParamValidator().validate(given, shape).generate_report()
        yield from (each for each in report.splitlines() if is_whole or "Missing required" not in each)


def options_of(arguments: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each option with its values."""
    option, values = "", list[str]()
    for argument in [*arguments, "--"]:
        if not argument.startswith("--"):
            values.append(argument)
            continue
        if option or values:
            yield option, values
        option, values = argument, []


def _value(shape: Shape, option: str, values: Sequence[str], folder: Path) -> Any:
    if shape.type_name == "boolean":
        return not option.startswith("--no-")
    if shape.type_name == "list" and not values[0].startswith("["):
        return [_single(shape.member, value, folder) for value in values]  # type: ignore[attr-defined] # a list's
    return _single(shape, " ".join(values), folder)


def _single(shape: Shape, text: str, folder: Path) -> Any:
    if text.startswith("file://"):
        text = (folder / text.removeprefix("file://")).read_text(encoding="utf-8")
    if shape.type_name in _NUMBERS:
        return _NUMBERS[shape.type_name](text)
    if shape.type_name == "timestamp" or shape.type_name in {"string", "blob"}:
        return text
    if text.startswith(("{", "[")):
        return json.loads(text)
    return dict(pair.split("=", 1) for pair in text.split(","))


def _choice_problems(shape: Shape, option: str, value: object) -> Iterator[str]:
    choices = getattr(shape, "enum", None)
    if choices and value not in choices:
        yield f"{option} may not be {value}"
