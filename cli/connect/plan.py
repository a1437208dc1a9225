"""What is stored, and what the user wants → what to write, or why not. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cli.connect.refusal import RefusedError
from cli.connect.settings import merged, override
from cli.connect.write_keys import KeyOptions, allowances, with_key
from cli.doctor.facts import ACCESS_TOKEN, HEADER_SECRET, SETTINGS, SIGNING_SECRET, WRITE_KEYS, Parameters
from cli.doctor.setup import SHORTEST_SECRET
from relay.core.accounts import token_problem
from relay.core.write_keys import InvalidWriteKeys, read_write_keys

SECRETS = (SIGNING_SECRET, HEADER_SECRET)
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user wants.

    Attributes:
        settings: Settings to change; None takes one out.
        access_token: The one to store, "" for none.
        given: Secrets to store, by name.
        made: Names of secrets to make.
        rotate: Whether a new secret goes beside the one that is there.
        finish: Whether of two secrets the old one is to go.
        write_key: Whether to make a write key.
        key: What the write key is for and may do.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    access_token: str = field(default="", repr=False)
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    made: tuple[str, ...] = ()
    rotate: bool = False
    finish: bool = False
    write_key: bool = False
    key: KeyOptions = field(default_factory=KeyOptions)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wanted."""
        return self == Wishes()

    @property
    def makes_secrets(self) -> bool:
        """Whether something comes of it that its user sees only once."""
        return bool(self.made) or self.write_key or (self.rotate and not self.given)


@dataclass(frozen=True, slots=True)
class Write:
    """A parameter to write, encrypted or not. `news` is what was made, to be shown once.

    `allows` says in words what somebody can do with it, where that differs.
    """

    path: str
    name: str
    value: str = field(repr=False)
    is_encrypted: bool = True
    news: str = field(default="", repr=False)
    allows: tuple[str, ...] = ()


def writes_for(found: Parameters, wishes: Wishes, random_hex: Callable[[int], str]) -> list[Write]:
    """Return what to write, in order: whoever is let in finds all that is needed already there.

    `random_hex` gives so many random bytes as hexadecimal digits.

    Raises:
        RefusedError: something of it cannot be done; then nothing is to be.
    """
    writes = [
        *_settings(found, wishes),
        *_access_token(found, wishes),
        *_secrets(found, wishes, random_hex),
        *_write_keys(found, wishes, random_hex),
    ]
    for write in writes:
        if write.is_encrypted and found.types.get(write.name, "SecureString") != "SecureString":
            raise RefusedError(
                f"{write.path} is stored in clear (String), and SSM cannot change that. Delete it with "
                f"`aws ssm delete-parameter --name {write.path}`, and run this again at once."
            )
    return writes


def _settings(found: Parameters, wishes: Wishes) -> Iterator[Write]:
    if not wishes.settings:
        return
    text = merged(found.values.get(SETTINGS), wishes.settings)
    if found.destination == "default":
        raise RefusedError(
            "The settings of `default` belong to the stack's template, and the next deployment would undo "
            f"what is written here. They are valid; deploy with them instead:\n  {override(text)}"
        )
    # Settings are no secret, and stay what they are: SSM cannot change a parameter's type.
    is_encrypted = found.types.get(SETTINGS) == "SecureString"
    yield Write(f"{found.path}/{SETTINGS}", SETTINGS, text, is_encrypted)


def _access_token(found: Parameters, wishes: Wishes) -> Iterator[Write]:
    if not wishes.access_token:
        return
    if problem := token_problem(wishes.access_token):
        raise RefusedError(f"The access token cannot be used: {problem}. Copy it anew from HubSpot.")
    yield Write(f"{found.path}/{ACCESS_TOKEN}", ACCESS_TOKEN, wishes.access_token)


def _secrets(found: Parameters, wishes: Wishes, random_hex: Callable[[int], str]) -> Iterator[Write]:
    if wishes.finish:
        yield from _finished(found, wishes)
        return
    named = [name for name in SECRETS if name in wishes.given or name in wishes.made]
    if wishes.rotate and not named:
        named = [name for name in SECRETS if found.lines(name)]
        if not named:
            raise RefusedError("There is no secret to rotate yet: --new-signing-secret, --new-header-secret.")
    for name in named:
        given = wishes.given.get(name, "")
        new = given or random_hex(32)
        value = _beside(found, name, new, rotate=wishes.rotate)
        yield Write(f"{found.path}/{name}", name, value, news="" if given else new)


def _beside(found: Parameters, name: str, new: str, *, rotate: bool) -> str:
    """Return the parameter with a new secret; an old one stays good until the rotation is finished."""
    old, words = found.lines(name), name.replace("-", " ")
    if not _PRINTABLE.fullmatch(new) or len(new) < SHORTEST_SECRET:
        raise RefusedError(f"A {words} has at least {SHORTEST_SECRET} printable characters without blanks.")
    if new in old:
        raise RefusedError(f"That {words} is stored already.")
    if old and not rotate:
        raise RefusedError(f"There is a {words} already. With --rotate the new one is good beside it.")
    if len(old) > 1:
        raise RefusedError(f"A rotation of the {words} is under way: --finish-rotation first.")
    return "\n".join([*old, new])


def _finished(found: Parameters, wishes: Wishes) -> Iterator[Write]:
    if wishes.rotate or wishes.given or wishes.made:
        raise RefusedError("--finish-rotation goes without new secrets.")
    doubled = [name for name in SECRETS if len(found.lines(name)) > 1]
    if not doubled:
        raise RefusedError("No rotation is under way: of each secret there is one at most.")
    for name in doubled:
        yield Write(f"{found.path}/{name}", name, found.lines(name)[-1])


def _write_keys(found: Parameters, wishes: Wishes, random_hex: Callable[[int], str]) -> Iterator[Write]:
    if wishes.key != KeyOptions() and not wishes.write_key:
        raise RefusedError("Some options say what a new write key is for: add --write-key.")
    if not wishes.write_key:
        return
    new = random_hex(16)
    value = with_key(found.values.get(WRITE_KEYS, ""), new, found.destination, wishes.key)
    keys = read_write_keys(value)
    allows = () if isinstance(keys, InvalidWriteKeys) else tuple(allowances(keys[new]))
    # They are the stack's, and lie beside its destinations.
    path = found.path.rpartition("/")[0]
    yield Write(f"{path}/{WRITE_KEYS}", WRITE_KEYS, value, news=new, allows=allows)
