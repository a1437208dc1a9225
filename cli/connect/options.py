"""The options of `relay connect`, read into wishes."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.connect.plan import Wishes
from cli.connect.refusal import RefusedError
from cli.connect.settings import changes_from
from cli.connect.write_keys import KeyOptions
from cli.doctor.facts import HEADER_SECRET, SIGNING_SECRET
from relay.core.accounts import clean_token
from relay.core.write_keys import PUBLIC_EVENTS_A_SECOND, SERVER_EVENTS_A_SECOND

HubId = Annotated[int | None, typer.Option(min=1, help="The portal's number.")]
Plan = Annotated[str | None, typer.Option(help="HubSpot plan of the portal.")]
HubSpotRegion = Annotated[str | None, typer.Option(help="Where the portal's data lives: us or eu.")]
Settings = Annotated[str, typer.Option("--settings", help="File with further settings as JSON, - for stdin.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="One setting, as KEY=VALUE; VALUE is JSON, null takes it out. Repeatable."),
]
TokenStdin = Annotated[bool, typer.Option("--access-token-stdin", help="Read the access token from stdin.")]
TokenEnv = Annotated[str, typer.Option(help="Environment variable that holds the access token.")]
NoCheck = Annotated[bool, typer.Option("--no-check", help="Store the token without asking HubSpot of it.")]
NewSigning = Annotated[bool, typer.Option("--new-signing-secret", help="Make a signing secret.")]
NewHeader = Annotated[bool, typer.Option("--new-header-secret", help="Make a header secret.")]
SigningEnv = Annotated[str, typer.Option(help="Environment variable that holds a signing secret.")]
HeaderEnv = Annotated[str, typer.Option(help="Environment variable that holds a header secret.")]
Rotate = Annotated[
    bool,
    typer.Option("--rotate", help="Put new secrets beside the old ones; alone: make new ones of all."),
]
Finish = Annotated[bool, typer.Option("--finish-rotation", help="Remove the old secrets.")]
NewKey = Annotated[bool, typer.Option("--write-key", help="Make a write key for Segment's libraries.")]
Origin = Annotated[
    list[str] | None,
    typer.Option(help="Web page that may use the write key, as https://www.example.org. Repeatable."),
]
Public = Annotated[
    bool, typer.Option("--public", help="The write key is in apps, where everybody can read it.")
]
Type = Annotated[
    list[str] | None,
    typer.Option("--type", help="Event type that the write key may send; without any, all. Repeatable."),
]
EventsASecond = Annotated[
    int | None,
    typer.Option(
        "--events-a-second",
        min=0,
        help="Events a second that the write key may send, 0 for any number. If not given, each execution "
        f"environment of ingest takes {SERVER_EVENTS_A_SECOND}, of a public key {PUBLIC_EVENTS_A_SECOND}.",
    ),
]
MayChangeEmail = Annotated[
    bool,
    typer.Option("--may-change-email", help="The public write key may change a known person's address."),
]
NoCreateContacts = Annotated[
    bool, typer.Option("--no-create-contacts", help="The public write key makes no contacts.")
]
Trait = Annotated[
    list[str] | None,
    typer.Option("--trait", help="Trait that the public write key may set; without any, all. Repeatable."),
]
Show = Annotated[bool, typer.Option("--show", help="Print what is made also where stdout is no terminal.")]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where texts come from: stdin, a file, or environment variables."""

    token_stdin: bool = False
    token_env: str = ""
    signing_env: str = ""
    header_env: str = ""
    settings: str = ""

    def access_token(self) -> str:
        """Return the token, "" if none is named."""
        if self.token_stdin and (self.token_env or self.settings == "-"):
            raise RefusedError("Only one thing can be read from stdin, and there is one access token.")
        token = clean_token(sys.stdin.read() if self.token_stdin else _variable(self.token_env))
        if self.token_stdin and not token:
            raise RefusedError("There is no access token on stdin.")
        return token

    def secrets(self) -> Mapping[str, str]:
        """Return the secrets that are named."""
        given = {SIGNING_SECRET: _variable(self.signing_env), HEADER_SECRET: _variable(self.header_env)}
        return {name: text for name, text in given.items() if text}

    def settings_text(self) -> str:
        """Return the JSON of the settings, "" if none is named."""
        try:
            if self.settings == "-":
                return sys.stdin.read()
            return Path(self.settings).read_text(encoding="utf-8") if self.settings else ""
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedError(f"{self.settings} cannot be read: {error}") from None


def wishes_from(  # noqa: PLR0913 - a command's options
    sources: Sources,
    *,
    named: Mapping[str, object],
    pairs: list[str],
    made: tuple[str, ...],
    rotate: bool,
    finish: bool,
    write_key: bool,
    key: KeyOptions,
) -> Wishes:
    """Return what the options ask for.

    Raises:
        RefusedError: they cannot be read, or contradict each other.
    """
    given = sources.secrets()
    if given.keys() & set(made):
        raise RefusedError("A secret is either made or given.")
    settings = changes_from(sources.settings_text(), pairs)
    return Wishes(
        settings=settings | {key: value for key, value in named.items() if value is not None},
        access_token=sources.access_token(),
        given=given,
        made=made,
        rotate=rotate,
        finish=finish,
        write_key=write_key,
        key=key,
    )


def _variable(name: str) -> str:
    if name and not os.environ.get(name, "").strip():
        raise RefusedError(f"The environment variable {name} is empty or not set.")
    return os.environ.get(name, "").strip() if name else ""
