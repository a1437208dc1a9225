"""A destination's parameters in SSM, and a stack's outputs, as commands read them."""

from collections.abc import Mapping

from cli.stack import RunningStack, StackError


def parameters_of(stack: RunningStack, destination: str, *names: str) -> Mapping[str, str]:
    """Return those parameters of a destination that exist, by name and decrypted."""
    path = f"{output(stack, 'ParameterPrefix')}/{destination}/"
    found = stack.client("ssm").get_parameters(Names=[path + name for name in names], WithDecryption=True)
    return {each["Name"].removeprefix(path): each["Value"] for each in found["Parameters"]}


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
