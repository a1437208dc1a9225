"""A destination's settings: the JSON in SSM → frozen, validated values.

A key that nobody reads would be a wish that silently has no effect, so it is refused, with the nearest name.
"""

import json
from dataclasses import replace
from difflib import get_close_matches
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from relay.core.bucket import Limits
from relay.core.domains import host_of
from relay.core.integrations import Integrations
from relay.core.placeholders import IdRules
from relay.core.plans import PLANS, Plan
from relay.core.policy import (
    Associate,
    Deletes,
    EmailChange,
    EventPolicy,
    GroupPolicy,
    Policy,
)
from relay.core.quotas import MakingLimits
from relay.core.rules import ContextTraits, Lifecycle, Rules
from relay.core.shared_hosts import HostRules
from relay.core.versions import Family, Versions

# HubSpot's internal names; the one that people see is the label.
PropertyName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,99}$")]
ApiVersion: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
_TRACK_URLS = {"us": "https://track.hubspot.com", "eu": "https://track-eu1.hubspot.com"}


class Destination(BaseModel):
    """One HubSpot portal and how to deliver to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hub_id: int = Field(gt=0, description="The portal's number (Hub ID).")
    app: str = Field(
        "default",
        pattern=r"^[\w.-]{1,32}$",
        description="Deprecated, and without effect: HubSpot counts calls by access token, and so does the"
        " relay. Still accepted.",
    )
    plan: Plan = Field(
        "starter", description="HubSpot plan: the limits to begin with; HubSpot's answers correct them."
    )
    region: Literal["us", "eu"] = Field(
        "us", description="Where the portal's data lives: decides the tracking host."
    )
    hubspot_url: str = Field(
        "https://api.hubapi.com",
        pattern=r"^https?://",
        description="Base URL of the API; the default serves portals of all regions.",
    )
    track_url: str | None = Field(None, pattern=r"^https?://", description="Base URL of the tracking host.")
    api_version: ApiVersion = Field("2026-09", description="HubSpot's API version.")
    api_versions: dict[Family, ApiVersion] = Field(
        default_factory=dict,
        description="Versions of single families of HubSpot's API, where one has to differ, as in"
        ' `{"events": "2026-03"}`.',
    )
    burst_limit: int | None = Field(None, ge=1, le=250, description="Calls in any 10 seconds, at most.")
    daily_limit: int | None = Field(
        None, ge=1, description="Calls a day, at most, those of the account's other apps included."
    )
    association_limit: int | None = Field(
        None, ge=1, le=250, description="Association calls in any 10 seconds, at most."
    )
    search_limit: int | None = Field(None, ge=1, le=100, description="Searches in any second, at most.")

    traits: dict[str, PropertyName | None] = Field(
        default_factory=dict,
        description='Property for the path of a trait, as in `{"plan.tier": "subscription_tier"}`;'
        " `null` blocks the trait.",
    )
    match_property: PropertyName | None = Field(
        None,
        description="The unique contact property by which contacts are known, instead of their address: its"
        " value is what a trait sets it to, else the user id.",
    )
    null_policy: Literal["ignore", "clear"] = Field(
        "ignore",
        description="Whether a trait that is `null`, blank text or an empty list leaves its property alone,"
        " or clears it.",
    )
    lifecyclestage: Lifecycle = Field(
        "forward",
        description="Stages only advance, as HubSpot has it (`forward`), are set back too (`any`), or are"
        " not sent (`never`).",
    )
    create_contacts: bool = Field(
        True,  # noqa: FBT003 - pydantic's
        description="Whether events may make new contacts; if not, only those that HubSpot has are updated.",
    )
    create_properties: bool = Field(
        False,  # noqa: FBT003 - as above
        description='Whether unknown traits of people become new contact properties, in a group "Segment",'
        " typed after their first value.",
    )
    sensitive_properties: bool = Field(False, description="Whether sensitive properties may be set.")  # noqa: FBT003 - as above
    email_change: EmailChange = Field(
        "new",
        description="What a known user's new address means: a `new` contact, or an `update` of the same one.",
    )
    deletes: Deletes = Field(
        "ignore",
        description="What Segment's deletion of a user does: nothing (`ignore`), `archive` the contact, or"
        " delete it permanently (`gdpr`).",
    )
    resend_after: int = Field(
        86_400,
        ge=0,
        description="Seconds for which a value that HubSpot has confirmed is not sent again; 0 always sends.",
    )
    placeholder_ids: tuple[str, ...] = Field(
        (),
        description="Further words that are nobody's id, in any case, beside the [built-in"
        ' ones](mapping.md#ids-that-nobody-owns), as in `["test", "default-user"]`.',
    )
    real_ids: tuple[str, ...] = Field(
        (),
        description='Built-in words that are somebody\'s id after all, in any case, as in `["0", "guest"]`.',
    )
    events: Literal["auto", "custom", "legacy", "off"] = Field(
        "auto",
        description="How tracks are sent: as `custom` events, to the `legacy` event URL, or not at all"
        " (`off`); `auto` is [`custom` where HubSpot has custom events](mapping.md#tracks), else `off`.",
    )
    event_names: dict[str, str] = Field(
        default_factory=dict,
        description="HubSpot's event for the name of a track, by its internal name, full name or label, where"
        " they differ.",
    )
    create_event_definitions: bool = Field(
        False,  # noqa: FBT003 - as above
        description="Whether tracks that HubSpot has no event for become new ones.",
    )
    max_new_names_an_hour: int = Field(
        30,
        ge=0,
        le=1000,
        description="How many names are made in an hour, at most, by `create_properties` and"
        " `create_event_definitions`: of contact properties, of events, and of properties that are added to"
        " events, each counted by itself for the HubSpot account.",
    )
    max_new_names_a_day: int = Field(100, ge=0, le=1000, description="The same, in 24 hours.")
    max_new_names_in_all: int = Field(
        300, ge=0, le=10_000, description="The same, in all the time that the relay serves the account."
    )
    properties_to_contact: dict[str, dict[str, PropertyName]] = Field(
        default_factory=dict,
        description="Contact properties that a track's properties set, as in"
        ' `{"Order Completed": {"total": "last_order_value"}}`.',
    )
    context_traits: ContextTraits = Field(
        "set",
        description="What `context.traits` of tracks, and of pages and screens in `views`, may change of a"
        " contact: `set` what they name, `fill` only what is empty in HubSpot, or nothing (`ignore`).",
    )
    views: dict[Literal["page", "screen"], str] = Field(
        default_factory=dict,
        description='The event that a `page` or `screen` counts as, as in `{"page": "Page Viewed"}`.',
    )
    # Ten days on, SQS puts a message aside that has been looked at a thousand times.
    pending: int = Field(
        0, ge=0, le=604_800, description="Seconds for which a track waits for its person to become known."
    )
    group_key: PropertyName = Field(
        "domain",
        description="What a company is known by: its domain, or the unique property that holds its group id.",
    )
    bare_hosts: bool = Field(False, description="Whether a website without `https://` counts.")  # noqa: FBT003 - as above
    registrable_domains: bool = Field(False, description="Whether sub-domains are one company.")  # noqa: FBT003 - as above
    shared_hosts: tuple[str, ...] = Field(
        (),
        description="Further hosts that many share, beside the [known"
        ' ones](mapping.md#websites-on-hosts-that-many-share), as in `["pages.example.com"]`: a website there'
        " is nobody's company.",
    )
    company_hosts: tuple[str, ...] = Field(
        (),
        description="Known shared hosts that are a company's after all, with all pages, as in"
        ' `["github.com"]`.',
    )
    create_companies: bool = Field(True, description="Whether groups may make new companies.")  # noqa: FBT003 - as above
    associate: Associate = Field(
        "default",
        description="How contacts are linked to their group's company: plainly (`default`), as their"
        " `primary` one, or not (`off`).",
    )
    link_context_groups: bool = Field(
        False,  # noqa: FBT003 - as above
        description="Whether `context.groupId` of other events links their contact too.",
    )
    integrations: Integrations = Field(
        "explicit",
        description="Whether an event's `integrations` object keeps it from HubSpot: only if it says `false`"
        ' to HubSpot itself (`explicit`), also by `"All": false` (`all`), or never (`ignore`). It is read [in'
        " any spelling](mapping.md#opting-out).",
    )
    consent: tuple[str, ...] = Field(
        (),
        description="Consent categories that a person must have agreed to, where events [speak of"
        " consent](mapping.md#opting-out).",
    )
    require_header: bool = Field(
        False,  # noqa: FBT003 - as above
        description="Whether a webhook's secret header is wanted even where its signature is right.",
    )
    ingest_limit: int | None = Field(
        None,
        ge=0,
        description="Events a second that are taken in; more are answered 429 with `Retry-After`; 0 is no"
        " limit. It holds for what servers and webhooks send together, and for what [each public"
        " key](senders.md#what-a-public-key-may-do) sends. A request is taken whole, and those after it wait"
        " until it is paid for.",
    )

    @model_validator(mode="before")
    @classmethod
    def _with_more(cls, values: object) -> object:
        """Take the settings in `more`, where the template puts what its user has added."""
        if not isinstance(values, dict) or not isinstance(values.get("more"), dict):
            return values
        return {name: value for name, value in values.items() if name != "more"} | values["more"]

    @field_validator("match_property")
    @classmethod
    def _unless_known_anyway(cls, name: str | None) -> str | None:
        """Refuse what needs no setting, or can be none."""
        if name in ("email", "hs_object_id"):
            raise ValueError("addresses and record ids need no setting; name a unique property")
        return name

    @field_validator("shared_hosts", "company_hosts")
    @classmethod
    def _as_domains(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        """Write hosts as domains are written, and refuse what is none."""
        found = [host_of(host) for host in hosts]
        wrong = [host for host, domain in zip(hosts, found, strict=True) if not domain]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: not a host alone, such as example.com")
        return tuple(found)

    def __hash__(self) -> int:
        """Equal settings are one connection; dictionaries in them have no hash of their own."""
        return hash(json.dumps(self.model_dump(), sort_keys=True))

    @property
    def policy(self) -> Policy:
        """What the owner has decided about mapping and writing."""
        rules = Rules(
            traits=self.traits,
            clear_nulls=self.null_policy == "clear",
            lifecyclestage=self.lifecyclestage,
            integrations=self.integrations,
            consent=self.consent,
            properties_to_contact=self.properties_to_contact,
            views={kind: name for kind, name in self.views.items()},  # noqa: C416 - of any text, not of two words
            context_traits=self.context_traits,
        )
        return Policy(
            rules,
            creates_contacts=self.create_contacts,
            creates_properties=self.create_properties,
            email_change=self.email_change,
            deletes=self.deletes,
            resend_after_ms=self.resend_after * 1000,
            match_property=self.match_property or "",
            making=MakingLimits(
                self.max_new_names_an_hour, self.max_new_names_a_day, self.max_new_names_in_all
            ),
            events=EventPolicy(
                self.events,
                self.event_names,
                self.create_event_definitions,
                self.pending * 1000,
                is_expected="enterprise" in self.plan,
            ),
            groups=GroupPolicy(
                self.group_key,
                self.bare_hosts,
                self.registrable_domains,
                self.create_companies,
                self.associate,
                self.link_context_groups,
                HostRules(frozenset(self.shared_hosts), frozenset(self.company_hosts)),
            ),
            ids=IdRules.of(self.placeholder_ids, self.real_ids),
        )

    @property
    def versions(self) -> Versions:
        """The version of each family of HubSpot's API."""
        return Versions.of(self.api_version, self.api_versions)

    @property
    def limits(self) -> Limits:
        """What HubSpot allows, and what the user wants to stay below."""
        plan = PLANS[self.plan]
        return replace(
            plan,
            burst=self.burst_limit or plan.burst,
            burst_ceiling=self.burst_limit,
            day=self.daily_limit or plan.day,
            day_ceiling=self.daily_limit,
            associations=self.association_limit or plan.associations,
            search=self.search_limit or plan.search,
        )

    @property
    def former_bucket_key(self) -> str:
        """Key of the token bucket in releases up to 0.2.0."""
        return f"bucket#{self.hub_id}#{self.app}"

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
