"""The write keys of a stack: one parameter, which says for each key what it leads to. Pure.

Keys are credentials: no text of an error holds one.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MAX_BYTES = 4096
_KEY = re.compile(r"[!-~]{16,128}")
ORIGIN = r"^(\*|https?://[^\s/?#@]+)$"


class InvalidWriteKeysError(Exception):
    """The parameter cannot be used; the text says why, without a key."""


class WriteKey(BaseModel):
    """What a write key leads to. Without `origins` it is a server's, and browsers are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    destination: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    origins: tuple[Annotated[str, Field(pattern=ORIGIN)], ...] | None = None


_KEYS = TypeAdapter(dict[str, WriteKey])


def keys_of(text: str) -> Mapping[str, WriteKey]:
    """Read the parameter.

    Raises:
        InvalidWriteKeysError: it is none.
    """
    try:
        keys = _KEYS.validate_json(text)
    except ValidationError as error:
        raise InvalidWriteKeysError(
            "; ".join(_problem(detail["loc"], detail["msg"]) for detail in error.errors())
        ) from None
    if not all(_KEY.fullmatch(key) for key in keys):
        raise InvalidWriteKeysError("a key is not of 16 to 128 printable characters without blanks")
    return keys


def with_key(text: str, key: str, leads_to: WriteKey) -> str:
    """Return the parameter with one more key.

    Raises:
        InvalidWriteKeysError: it is none, or would be too long.
    """
    keys = {**keys_of(text or "{}"), key: leads_to}
    written = json.dumps(
        {name: each.model_dump(exclude_none=True) for name, each in keys.items()}, separators=(",", ":")
    )
    if len(written.encode()) > MAX_BYTES:
        raise InvalidWriteKeysError(f"{len(keys)} keys are more than the {MAX_BYTES} bytes that SSM holds")
    return written


def _problem(loc: tuple[int | str, ...], message: str) -> str:
    # The first part of the place is the key itself.
    place = ".".join(str(part) for part in loc[1:])
    return f"{place}: {message}" if place else message
