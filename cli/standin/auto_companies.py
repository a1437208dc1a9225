"""The companies that HubSpot makes of its contacts' addresses, if an account lets it.

Source: HubSpot's knowledge base, "Automatically create and associate companies with contacts". HubSpot takes
its time; here it happens with the write, and only the search lags behind.
"""

from collections.abc import Mapping

from cli.standin.object_types import CONTACTS
from cli.standin.objects import CrmObject
from cli.standin.portal import Portal

# HubSpot's own list is much longer.
_FREE = frozenset(
    {
        "aol.com",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "web.de",
        "yahoo.com",
        "yandex.com",
    }
)


def attach(portal: Portal, before: Mapping[str, str], contact: CrmObject) -> None:
    """Associate a contact whose address is new with the company of its domain, and create that if need be."""
    address = contact.properties.get("email", "")
    is_news = contact.object_type is CONTACTS and address != before.get("email", "")
    domain = address.rpartition("@")[2]
    if not (portal.auto_creates_companies and is_news and domain) or domain in _FREE:
        return
    known = next((company for company in portal.companies.live.values() if _has(company, domain)), None)
    company = known or portal.companies.create({"domain": domain})
    portal.associations.add(contact.id, company.id)


def _has(company: CrmObject, domain: str) -> bool:
    further = company.properties.get("hs_additional_domains", "")
    own = [company.properties.get("domain", ""), *further.split(";")]
    return domain in {each.strip().lower() for each in own}
