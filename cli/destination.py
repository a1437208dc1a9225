"""The argument by which commands name a destination."""

import re
from typing import Annotated

import typer

# As ingest takes it from the webhook's URL.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise typer.BadParameter("a destination has up to 63 small letters, digits and hyphens")
    return name


DestinationName = Annotated[
    str, typer.Argument(callback=_checked, help="Name of the destination, the end of its webhook's URL.")
]
