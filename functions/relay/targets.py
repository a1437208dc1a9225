"""Where a destination's events go: its settings, and an access token that a header can carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.core.accounts import clean_token, token_hash, token_problem
from relay.core.answers import ACCESS_TOKEN_REFUSED
from relay.core.outcomes import Deferred
from relay.settings import Destination, InvalidSettingsError, parse_destination


@dataclass(frozen=True, slots=True)
class Target:
    """A destination with its settings and its access token."""

    destination: str
    settings: Destination
    access_token: str = field(repr=False)

    @property
    def token_hash(self) -> str:
        """What the token is remembered by."""
        return token_hash(self.access_token)


def target_from(destination: str, values: Mapping[str, str] | None) -> Target | Deferred:
    """Read a destination's values in SSM, None while it is out of reach; or say why nothing can be sent."""
    if values is None:
        return Deferred("parameters_unavailable")
    if "settings" not in values:
        return Deferred("no_settings")
    access_token = clean_token(values.get("access-token", ""))
    if not access_token:
        return Deferred("no_access_token")
    try:
        settings = parse_destination(values["settings"])
    except InvalidSettingsError as error:
        return Deferred(f"invalid_settings: {error}")
    # HubSpot would refuse it, if any header could carry it there.
    return (
        ACCESS_TOKEN_REFUSED if token_problem(access_token) else Target(destination, settings, access_token)
    )
