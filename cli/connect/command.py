"""The command `relay connect`. Exit codes: 0 for done, 1 if something is left, 2 if it cannot be done."""

import secrets
import sys
from dataclasses import dataclass

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from cli.connect import options as of
from cli.connect.asking import asked
from cli.connect.plan import Wishes, Write, writes_for
from cli.connect.refusal import RefusedError
from cli.connect.report import Done, complain, tell
from cli.connect.store import checked, put, settings_in
from cli.connect.write_keys import KeyOptions
from cli.destination import DestinationName
from cli.doctor import aws
from cli.doctor.facts import HEADER_SECRET, SIGNING_SECRET, Parameters
from cli.doctor.findings import Finding, State
from cli.doctor.setup import OUTPUTS
from cli.operate import AsJson, Local, Profile, Region, StackName
from cli.stack import DEFAULT_NAME, Choice, RunningStack, StackError, connected, explained

app = typer.Typer()

_VITAL = frozenset({"token valid", "hub id"})


class TokenRefusedError(Exception):
    """HubSpot does not take the token for this destination; the findings say why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__()
        self.findings = findings


@dataclass(frozen=True, slots=True)
class _How:
    """How the user wants to work."""

    no_check: bool
    as_json: bool
    show: bool

    @property
    def may_ask(self) -> bool:
        return not self.as_json and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def may_show(self) -> bool:
        return self.show or (sys.stdout.isatty() and not self.as_json)


@app.command()
def connect(  # noqa: PLR0913 - a command's options
    destination: DestinationName = "default",
    *,
    hub_id: of.HubId = None,
    plan: of.Plan = None,
    hubspot_region: of.HubSpotRegion = None,
    settings: of.Settings = "",
    set_: of.Set = None,
    access_token_stdin: of.TokenStdin = False,
    access_token_env: of.TokenEnv = "",
    no_check: of.NoCheck = False,
    new_signing_secret: of.NewSigning = False,
    signing_secret_env: of.SigningEnv = "",
    new_header_secret: of.NewHeader = False,
    header_secret_env: of.HeaderEnv = "",
    rotate: of.Rotate = False,
    finish_rotation: of.Finish = False,
    write_key: of.NewKey = False,
    origin: of.Origin = None,
    public: of.Public = False,
    type_: of.Type = None,
    events_a_second: of.EventsASecond = None,
    may_change_email: of.MayChangeEmail = False,
    no_create_contacts: of.NoCreateContacts = False,
    trait: of.Trait = None,
    show: of.Show = False,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Set a destination up in SSM, or rotate its credentials.

    Without options it asks, at a terminal, for what the destination still lacks. Settings are merged into
    those that are stored, and checked before anything is written. The access token is tried at HubSpot first
    (two calls), and is typed without being shown, or comes from stdin or from an environment variable.

    What is made here (secrets, a write key) is shown once, for you to paste it into Segment; nothing that is
    stored is ever shown. Secrets are stored as SecureStrings.

    A write key is a secret of servers, unless --origin names pages or --public says that it is in apps: then
    everybody can read it, and it may do less (docs/senders.md).

    To rotate secrets: --rotate, change Segment, --finish-rotation. Both are good in between.

    Exit code: 0 for done, 1 if HubSpot does not take the token or something was not written, 2 if it cannot
    be done; the reason is said.
    """
    how = _How(no_check, as_json_, show)
    made = ((SIGNING_SECRET, new_signing_secret), (HEADER_SECRET, new_header_secret))
    key = KeyOptions(
        tuple(origin or ()),
        public,
        tuple(type_ or ()),
        events_a_second,
        may_change_email,
        create_contacts=not no_create_contacts,
        traits=tuple(trait or ()),
    )
    try:
        wishes = of.wishes_from(
            of.Sources(access_token_stdin, access_token_env, signing_secret_env, header_secret_env, settings),
            named={"hub_id": hub_id, "plan": plan, "region": hubspot_region},
            pairs=set_ or [],
            made=tuple(name for name, is_wanted in made if is_wanted),
            rotate=rotate,
            finish=finish_rotation,
            write_key=write_key,
            key=key,
        )
        with connected(Choice(stack, profile, region, local)) as running:
            _connect(running, destination, wishes, how)
    except (RefusedError, StackError) as error:
        complain(str(error), as_json=as_json_)
        raise typer.Exit(2) from None
    except TokenRefusedError as refused:
        complain("The access token was not stored.", as_json=as_json_, findings=refused.findings)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, EOFError):
        raise typer.Exit(1) from None


def _connect(running: RunningStack, destination: str, wishes: Wishes, how: _How) -> None:
    if missing := sorted(OUTPUTS - running.outputs.keys()):
        raise RefusedError(f"The stack has no output {missing[0]}: deploy this version of the relay first.")
    found = aws.parameters(running, destination)
    if wishes.is_empty and how.may_ask:
        wishes = asked(found, Console(stderr=True))
    if wishes.is_empty:
        raise RefusedError("Nothing is to be done. `relay connect --help` says what can be.")
    if wishes.makes_secrets and not how.may_show:
        raise RefusedError("What is made is shown only once, and stdout is no terminal here: add --show.")
    writes = writes_for(found, wishes, secrets.token_hex)
    findings = _token_findings(running, found, wishes, writes, how)
    done, trouble = _put(running, writes)
    # What is stored and was made has to be seen, whatever happens to the rest.
    tell(Done(running, destination, done, tuple(findings), wishes, trouble), as_json=how.as_json)
    raise typer.Exit(1 if trouble else 0)


def _put(running: RunningStack, writes: list[Write]) -> tuple[tuple[Write, ...], str]:
    """Write in order; return what is written, and why the rest is not, "" if there is none."""
    for number, write in enumerate(writes):
        try:
            put(running, write)
        except (BotoCoreError, ClientError) as error:
            return tuple(writes[:number]), f"{write.path} was not written: {explained(error)}"
    return tuple(writes), ""


def _token_findings(
    running: RunningStack, found: Parameters, wishes: Wishes, writes: list[Write], how: _How
) -> list[Finding]:
    """Return what HubSpot says of the token, if one is to be stored."""
    if not wishes.access_token or how.no_check:
        return []
    findings = checked(running, found, wishes.access_token, settings_in(writes))
    if any(each.check in _VITAL and each.state in {State.ERROR, State.NOT_CHECKED} for each in findings):
        raise TokenRefusedError(findings)
    return findings
