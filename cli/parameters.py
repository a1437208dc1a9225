"""A destination's parameters in SSM, and a stack's outputs, as commands read them."""

from collections.abc import Mapping

from cli.stack import RunningStack, StackError
from relay.settings import Destination, parse_destination


def parameters_of(stack: RunningStack, destination: str, *names: str) -> Mapping[str, str]:
    """Return those parameters of a destination that exist, by name and decrypted."""
    path = f"{output(stack, 'ParameterPrefix')}/{destination}/"
    found = stack.client("ssm").get_parameters(Names=[path + name for name in names], WithDecryption=True)
    return {each["Name"].removeprefix(path): each["Value"] for each in found["Parameters"]}


def settings_of(stack: RunningStack, destination: str) -> Destination:
    """Return the settings of a destination.

    Raises:
        StackError: there is no such destination.
        InvalidSettingsError: its settings cannot be used.
    """
    values = parameters_of(stack, destination, "settings")
    if "settings" not in values:
        raise StackError(
            f"There is no destination {destination!r} in {stack.name}. Name it with --destination."
        )
    return parse_destination(values["settings"])


def destinations_of(stack: RunningStack) -> Mapping[str, str]:
    """Return the settings of every destination as they are stored, by name. No secret is decrypted."""
    prefix = f"{output(stack, 'ParameterPrefix')}/"
    pages = stack.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
    found = {}
    for each in (each for page in pages for each in page["Parameters"]):
        destination, _, name = each["Name"].removeprefix(prefix).partition("/")
        if name == "settings":
            is_clear = each["Type"] == "String"
            found[destination] = each["Value"] if is_clear else parameters_of(stack, destination, name)[name]
    return found


def output(stack: RunningStack, name: str) -> str:
    """Return an output of a stack.

    Raises:
        StackError: it has none of that name.
    """
    if name not in stack.outputs:
        raise StackError(
            f"Stack {stack.name!r} has no output {name}: deploy this version of the relay first."
        )
    return stack.outputs[name]
