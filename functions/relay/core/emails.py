"""E-mail addresses: which text is one that HubSpot would take.

HubSpot wants an address by the grammar without quoted local parts, below a top-level domain that exists
(HubSpot's FAQ on how it validates e-mail addresses). The list of those comes with the public suffix list's
package: nothing is looked up over the network.
"""

from functools import cache, lru_cache

from email_validator import EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

from relay.core.blanks import trimmed

# The longest that the grammar allows.
MAX_CHARS = 254


def normalised(text: str) -> str | None:
    """Return an address trimmed and in lower case, as HubSpot keeps it; None if it is not plausible.

    A domain in letters of its own is written in ASCII: the grammar knows nothing else.
    """
    # Along with an address, blanks and invisible characters are copied from a page.
    address = trimmed(text).lower()
    return _checked(address) if "@" in address and len(address) <= MAX_CHARS else None


# The same people come again and again, and a check costs more than all else that is done to an event.
@lru_cache(maxsize=50_000)
def _checked(address: str) -> str | None:
    try:
        found = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except EmailNotValidError:
        return None
    domain = found.ascii_domain or ""
    is_known = "." in domain and suffixes().publicsuffix(domain) is not None
    return found.ascii_email.lower() if is_known and found.ascii_email else None


@cache
def suffixes() -> PublicSuffixList:
    """Return the suffixes under which names are registered; only those of real top-level domains."""
    return PublicSuffixList(accept_unknown=False, only_icann=True)
