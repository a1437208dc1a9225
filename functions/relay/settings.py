"""A destination's settings: the JSON in SSM → frozen, validated values.

A key that nobody reads would be a wish that silently has no effect, so it is refused, with the nearest name.
"""

from difflib import get_close_matches
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Plan: TypeAlias = Literal["free", "starter", "professional", "enterprise", "api-limit-increase"]

# Calls in any 10 s for one private app or service key (HubSpot's usage guidelines).
_BURST: dict[Plan, int] = {
    "free": 100,
    "starter": 100,
    "professional": 190,
    "enterprise": 190,
    "api-limit-increase": 250,
}
_TRACK_URLS = {"us": "https://track.hubspot.com", "eu": "https://track-eu1.hubspot.com"}


class Destination(BaseModel):
    """One HubSpot portal and how to deliver to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hub_id: int = Field(gt=0, description="The portal's number (Hub ID).")
    plan: Plan = Field("starter", description="HubSpot plan: decides the calls allowed in 10 seconds.")
    region: Literal["us", "eu"] = Field(
        "us", description="Where the portal's data lives: decides the tracking host."
    )
    hubspot_url: str = Field(
        "https://api.hubapi.com", pattern=r"^https?://", description="Base URL of the API."
    )
    track_url: str | None = Field(
        None, pattern=r"^https?://", description="Base URL of tracking, if not the region's."
    )
    api_version: str = Field("2026-09", pattern=r"^\d{4}-\d{2}$", description="HubSpot's API version.")
    burst_limit: int | None = Field(None, ge=1, le=250, description="Calls in 10 seconds, if not the plan's.")

    @property
    def calls_in_window(self) -> int:
        """How many calls HubSpot allows in any 10 s."""
        return self.burst_limit or _BURST[self.plan]

    @property
    def tracking_url(self) -> str:
        """Base URL of HubSpot's tracking host."""
        return self.track_url or _TRACK_URLS[self.region]


class InvalidSettingsError(Exception):
    """The settings cannot be used; the text says which key, and what to write instead."""


def parse_destination(text: str) -> Destination:
    """Read a destination's settings.

    Raises:
        InvalidSettingsError: not JSON, a value out of range, or a key that does not exist.
    """
    try:
        return Destination.model_validate_json(text)
    except ValidationError as error:
        problems = "; ".join(
            _problem(detail["type"], detail["loc"], detail["msg"]) for detail in error.errors()
        )
        raise InvalidSettingsError(problems) from None


def _problem(kind: str, loc: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in loc)
    if kind != "extra_forbidden":
        return f"{key}: {message}" if key else message
    near = get_close_matches(key, Destination.model_fields, n=1)
    return f"{key}: no such setting" + (f", did you mean {near[0]}?" if near else "")
