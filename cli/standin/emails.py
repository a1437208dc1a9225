"""Would HubSpot take this address? RFC 2822, no quoted local part, a top-level domain on IANA's list.

Source: HubSpot's FAQ "How does HubSpot validate email addresses"; unicode domains are looked at in their
ASCII form.
"""

import re
from functools import cache

from publicsuffixlist import PublicSuffixList

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def is_email(text: str) -> bool:
    """Say whether HubSpot would take this as an address. A space at either end makes it none."""
    local_part, _, domain = text.lower().rpartition("@")
    ascii_domain = _to_ascii(domain)
    return bool(
        _LOCAL_PART.fullmatch(local_part)
        and _DOMAIN.fullmatch(ascii_domain)
        and _suffixes().publicsuffix(ascii_domain)
    )


def _to_ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)
