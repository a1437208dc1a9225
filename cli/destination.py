"""The argument by which commands name a destination."""

from typing import Annotated

import typer

from relay.core.write_keys import is_destination


def _checked(name: str) -> str:
    if not is_destination(name):
        raise typer.BadParameter("a destination has up to 63 small letters, digits and hyphens")
    return name


DestinationName = Annotated[
    str, typer.Argument(callback=_checked, help="Name of the destination, the end of its webhook's URL.")
]
