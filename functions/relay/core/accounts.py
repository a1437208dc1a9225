"""Whose HubSpot account an access token is of, as HubSpot tells it; and which token can be one at all. Pure.

Everything that is remembered, leased or counted belongs to an account or to a token, never to what the
settings call it. An answer counts only if it names an account: a page of something in between names none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus

from relay.core.answers import Answer, NoReply, Reply, content, why_not
from relay.core.json_parts import text
from relay.core.outcomes import Deferred
from relay.core.speakers import not_hubspot

# Alarms of the template look for these words at the beginning of a reason.
WRONG_ACCOUNT, ACCOUNT_UNKNOWN = "wrong_account", "account_unknown"
# An account is asked about again after so long, for its time zone may be changed; one that tells no time zone
# (its details are out of reach) sooner.
KNOWN_FOR_MS, HALF_KNOWN_FOR_MS = 30 * 86_400_000, 86_400_000
_HASH_BYTES = 16
_LONGEST_TEXT = 64
_MOST_DIGITS = 18
# What stands around a token that was pasted: blanks, line ends, and what editors put at the start of a file.
_AROUND = "\ufeff\u200b\u200c\u200d\u2060\x00"
# An answer with one of these says nothing of the account, and the next one may.
_PASSING = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_MANY_REQUESTS,
        477,  # the account is being moved to another data centre
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """A HubSpot account: its number (Hub ID), kind, data's region and time zone; "" if untold."""

    portal_id: int
    kind: str = ""
    region: str = ""
    time_zone: str = ""

    @property
    def key(self) -> str:
        """What items that belong to the account begin with; no destination's name is like it."""
        return f"@{self.portal_id}"


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account, and when HubSpot named it."""

    account: Account
    read_at_ms: int

    def is_current(self, now_ms: int) -> bool:
        """Say whether there is no need to ask again."""
        known_for_ms = KNOWN_FOR_MS if self.account.time_zone else HALF_KNOWN_FOR_MS
        return now_ms - self.read_at_ms < known_for_ms


@dataclass(frozen=True, slots=True)
class Usage:
    """With which access token a destination was last used, by its hash, and of which account that is."""

    token_hash: str
    account: Account


def account_from_details(answer: Answer) -> Account | None:
    """Read the answer to the call for account details; None if it names no account."""
    told = content(answer)
    portal_id = _portal_id(told.get("portalId"))
    if not portal_id:
        return None
    return Account(
        portal_id, _word(told, "accountType"), _word(told, "dataHostingLocation"), _word(told, "timeZone")
    )


def account_from_token_info(answer: Answer) -> Account | None:
    """Read the answer to the call for what a token is; None if it names no account."""
    portal_id = _portal_id(content(answer).get("hubId"))
    return Account(portal_id) if portal_id else None


def why_untold(answer: Answer) -> Deferred | None:
    """Return why an answer that names no account must be waited out, None if asking again will not help."""
    if isinstance(answer, NoReply) or not_hubspot(answer):
        return why_not(answer)
    is_passing = answer.status in _PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return why_not(answer) if is_passing else None


def account_unknown(*answers: Answer) -> Deferred:
    """Return why nothing is written with a token of which HubSpot does not tell whose it is."""
    statuses = ", ".join(str(each.status) for each in answers if isinstance(each, Reply))
    return Deferred(f"{ACCOUNT_UNKNOWN}: HubSpot does not tell whose the access token is (status {statuses})")


def wrong_account(account: Account, hub_id: int) -> Deferred | None:
    """Return why nothing is written with a token of `account`, None if it is the one of the settings."""
    if account.portal_id == hub_id:
        return None
    return Deferred(
        f"{WRONG_ACCOUNT}: the access token is of portal {account.portal_id}, hub_id says {hub_id}"
    )


def clean_token(stored: str) -> str:
    """Return an access token without what a file or a form has put around it."""
    token, before = stored, None
    while token != before:
        token, before = token.strip().strip(_AROUND), token
    return token


def token_problem(token: str) -> str:
    """Return in words why no header can carry a token, or nobody's is like it; "" for any other."""
    if all("!" <= character <= "~" for character in token):
        return ""
    if any(character.isspace() for character in token):
        return "it holds blanks or line ends inside"
    return "it holds characters that no HTTP header can carry"


def token_hash(token: str) -> str:
    """Return what a token is remembered by; nobody can get it back from that."""
    return blake2b(
        token.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES, person=b"token"
    ).hexdigest()


def bucket_key(hashed: str) -> str:
    """Return the key of a token's bucket: HubSpot counts the calls of a token, whatever the settings say."""
    return f"bucket#token#{hashed}"


def _portal_id(value: object) -> int:
    """Return the number of an account, 0 for what is none; HubSpot's clients see it as number and as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _word(told: Mapping[str, object], name: str) -> str:
    word = text(told.get(name))
    return word if len(word) <= _LONGEST_TEXT and word.isprintable() else ""
