"""A destination's settings, and the environment of the functions."""

import json

import pytest

from relay.core.bucket import Limits
from relay.core.policy import EventPolicy, GroupPolicy, Policy
from relay.core.rules import Rules
from relay.core.shared_hosts import HostRules
from relay.core.versions import Versions
from relay.environment import IngestEnvironment, SenderEnvironment
from relay.settings import Destination, InvalidSettingsError, parse_destination


def settings(**changes: object) -> Destination:
    return parse_destination(json.dumps({"hub_id": 7654321} | changes))


def test_only_the_hub_id_is_required() -> None:
    found = settings()

    assert (found.plan, found.app, found.api_version) == ("starter", "default", "2026-09")
    assert (found.hubspot_url, found.tracking_url) == ("https://api.hubapi.com", "https://track.hubspot.com")


@pytest.mark.parametrize(
    ("plan", "burst", "associations", "day"),
    [
        ("free", 100, 100, 250_000),
        ("starter", 100, 100, 250_000),
        ("professional", 190, 150, 625_000),
        ("enterprise", 190, 150, 1_000_000),
        ("professional-increase", 250, 200, 1_625_000),
        ("enterprise-increase", 250, 200, 2_000_000),
        ("classic-professional", 100, 100, 500_000),
        ("classic-enterprise", 120, 100, 1_000_000),
    ],
)
def test_the_plan_decides_how_many_calls_are_allowed(
    plan: str, burst: int, associations: int, day: int
) -> None:
    limits = settings(plan=plan).limits

    assert (limits.burst, limits.associations, limits.search, limits.day) == (burst, associations, 5, day)
    # HubSpot's own word may raise them.
    assert (limits.burst_ceiling, limits.day_ceiling) == (None, None)


def test_what_a_user_adds_to_the_templates_settings_goes_before_them() -> None:
    more = {"plan": "enterprise", "lifecyclestage": "any"}

    assert settings(plan="free", more=more) == settings(plan="enterprise", lifecyclestage="any")


def test_each_preset_can_be_overridden() -> None:
    chosen = {"burst_limit": 7, "daily_limit": 8, "association_limit": 9, "search_limit": 1}
    found = settings(region="eu", track_url="http://127.0.0.1:1", **chosen)

    assert found.tracking_url == "http://127.0.0.1:1"
    assert found.limits == Limits(burst=7, burst_ceiling=7, day=8, day_ceiling=8, associations=9, search=1)
    assert settings(region="eu").tracking_url == "https://track-eu1.hubspot.com"


def test_unless_told_otherwise_people_are_created_and_nothing_is_deleted_cleared_or_made_up() -> None:
    assert settings().policy == Policy(events=EventPolicy("auto"))
    assert settings().sensitive_properties is False


@pytest.mark.parametrize(
    ("chosen", "policy"),
    [
        ({"traits": {"plan.tier": "tier"}}, Policy(Rules(traits={"plan.tier": "tier"}))),
        ({"traits": {"ssn": None}}, Policy(Rules(traits={"ssn": None}))),
        ({"null_policy": "clear"}, Policy(Rules(clear_nulls=True))),
        ({"null_policy": "ignore"}, Policy()),
        ({"lifecyclestage": "any"}, Policy(Rules(lifecyclestage="any"))),
        ({"lifecyclestage": "never"}, Policy(Rules(lifecyclestage="never"))),
        ({"integrations": "all"}, Policy(Rules(integrations="all"))),
        ({"integrations": "ignore"}, Policy(Rules(integrations="ignore"))),
        ({"consent": ["Advertising", "C0004"]}, Policy(Rules(consent=("Advertising", "C0004")))),
        ({"create_contacts": False}, Policy(creates_contacts=False)),
        ({"create_properties": True}, Policy(creates_properties=True)),
        ({"email_change": "update"}, Policy(email_change="update")),
        ({"deletes": "archive"}, Policy(deletes="archive")),
        ({"deletes": "gdpr"}, Policy(deletes="gdpr")),
        ({"resend_after": 0}, Policy(resend_after_ms=0)),
        ({"resend_after": 3_600}, Policy(resend_after_ms=3_600_000)),
        (
            {"properties_to_contact": {"Order Completed": {"total": "last_order_value"}}},
            Policy(Rules(properties_to_contact={"Order Completed": {"total": "last_order_value"}})),
        ),
        ({"views": {"page": "Page Viewed"}}, Policy(Rules(views={"page": "Page Viewed"}))),
        ({"events": "custom"}, Policy(events=EventPolicy("custom"))),
        ({"events": "legacy"}, Policy(events=EventPolicy("legacy"))),
        ({"events": "off", "plan": "enterprise"}, Policy(events=EventPolicy(is_expected=True))),
        (
            {"event_names": {"Signed Up": "sign_up"}},
            Policy(events=EventPolicy(names={"Signed Up": "sign_up"})),
        ),
        ({"create_event_definitions": True}, Policy(events=EventPolicy(creates_definitions=True))),
        ({"pending": 60}, Policy(events=EventPolicy(pending_ms=60_000))),
        ({"match_property": "customer_id"}, Policy(match_property="customer_id")),
        ({"match_property": None}, Policy()),
        ({"group_key": "account_id"}, Policy(groups=GroupPolicy("account_id"))),
        ({"bare_hosts": True}, Policy(groups=GroupPolicy(bare_hosts=True))),
        ({"registrable_domains": True}, Policy(groups=GroupPolicy(registrable=True))),
        (
            {"shared_hosts": ["Pages.example.com"], "company_hosts": ["www.github.com"]},
            Policy(
                groups=GroupPolicy(
                    hosts=HostRules(frozenset({"pages.example.com"}), frozenset({"github.com"}))
                )
            ),
        ),
        ({"create_companies": False}, Policy(groups=GroupPolicy(creates=False))),
        ({"associate": "primary"}, Policy(groups=GroupPolicy(associate="primary"))),
        ({"associate": "off"}, Policy(groups=GroupPolicy(associate="off"))),
        ({"link_context_groups": True}, Policy(groups=GroupPolicy(links_context=True))),
    ],
    ids=str,
)
def test_each_decision_of_the_owner_has_its_place(chosen: dict[str, object], policy: Policy) -> None:
    assert settings(**{"events": "off", **chosen}).policy == policy


@pytest.mark.parametrize(
    ("plan", "is_expected"),
    [
        ("free", False),
        ("starter", False),
        ("professional", False),
        ("enterprise", True),
        ("professional-increase", False),
        ("enterprise-increase", True),
        ("classic-professional", False),
        ("classic-enterprise", True),
    ],
)
def test_unless_told_otherwise_hubspot_says_whether_there_are_events_and_the_plan_what_is_a_fault(
    plan: str, *, is_expected: bool
) -> None:
    assert settings(plan=plan).policy.events == EventPolicy("auto", is_expected=is_expected)


def test_sensitive_properties_are_read_only_by_who_wants_them() -> None:
    assert settings(sensitive_properties=True).sensitive_properties is True


EVERYTHING: dict[str, object] = {
    "traits": {"plan.tier": "tier", "ssn": None},
    "consent": ["Advertising"],
    "deletes": "gdpr",
    "burst_limit": 50,
}


def test_settings_that_say_the_same_are_one_connection() -> None:
    spelled_out = {"plan": "starter", "region": "us", "resend_after": 86_400, "integrations": "explicit"}

    assert settings(**EVERYTHING) == settings(**EVERYTHING, **spelled_out)
    assert len({settings(**EVERYTHING), settings(**EVERYTHING, **spelled_out)}) == 1


@pytest.mark.parametrize(
    "change",
    [{"traits": {}}, {"consent": []}, {"deletes": "archive"}, {"sensitive_properties": True}],
    ids=str,
)
def test_settings_that_say_something_else_are_another_connection(change: dict[str, object]) -> None:
    assert len({settings(**EVERYTHING), settings(**EVERYTHING | change)}) == 2


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("trait", "traits"),
        ("nullPolicy", "null_policy"),
        ("lifecycle_stage", "lifecyclestage"),
        ("create_contact", "create_contacts"),
        ("createProperties", "create_properties"),
        ("sensitive_property", "sensitive_properties"),
        ("email_changes", "email_change"),
        ("delete", "deletes"),
        ("resend_after_s", "resend_after"),
        ("integration", "integrations"),
        ("consents", "consent"),
        ("event", "events"),
        ("event_name", "event_names"),
        ("create_event_definition", "create_event_definitions"),
        ("property_to_contact", "properties_to_contact"),
        ("view", "views"),
        ("pending_s", "pending"),
        ("groupKey", "group_key"),
        ("bare_host", "bare_hosts"),
        ("registrable_domain", "registrable_domains"),
        ("shared_host", "shared_hosts"),
        ("company_host", "company_hosts"),
        ("create_company", "create_companies"),
        ("associates", "associate"),
        ("link_context_group", "link_context_groups"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused_with_the_nearest_that_does(key: str, nearest: str) -> None:
    with pytest.raises(InvalidSettingsError, match=rf"^{key}: no such setting, did you mean {nearest}\?$"):
        settings(**{key: "x"})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "hub_id: Field required"),
        ("[]", "Input should be an object"),
        ("nonsense", "Invalid JSON"),
        ('{"hub_id": "abc"}', "hub_id"),
        ('{"hub_id": 0}', "hub_id"),
        ('{"hub_id": 1, "plan": "gold"}', "plan"),
        ('{"hub_id": 1, "plann": "free"}', "plann: no such setting, did you mean plan?"),
        ('{"hub_id": 1, "zzz": 1}', "zzz: no such setting"),
        ('{"hub_id": 1, "burst_limit": 1000}', "burst_limit"),
        ('{"hub_id": 1, "daily_limit": 0}', "daily_limit"),
        (
            '{"hub_id": 1, "shared_hosts": ["a.com", "https://b.com", "c"]}',
            "shared_hosts: Value error, https://b.com, c: not a host alone, such as example.com",
        ),
        (
            '{"hub_id": 1, "company_hosts": ["a.com/acme"]}',
            "company_hosts: Value error, a.com/acme: not a host",
        ),
        ('{"hub_id": 1, "app": "two words"}', "app"),
        ('{"hub_id": 1, "hubspot_url": "ftp://x"}', "hubspot_url"),
        ('{"hub_id": 1, "traits": ["plan"]}', "traits"),
        ('{"hub_id": 1, "traits": {"plan.tier": 7}}', "traits.plan.tier"),
        ('{"hub_id": 1, "traits": {"plan": "Plan Tier"}}', "traits.plan.*should match"),
        ('{"hub_id": 1, "more": {"plann": "free"}}', "plann: no such setting"),
        ('{"hub_id": 1, "more": 7}', "more: no such setting"),
        ('{"hub_id": 1, "null_policy": "delete"}', "null_policy: Input should be 'ignore' or 'clear'"),
        ('{"hub_id": 1, "lifecyclestage": "back"}', "lifecyclestage"),
        ('{"hub_id": 1, "create_contacts": "perhaps"}', "create_contacts"),
        ('{"hub_id": 1, "create_properties": 2}', "create_properties"),
        ('{"hub_id": 1, "sensitive_properties": null}', "sensitive_properties"),
        ('{"hub_id": 1, "email_change": "merge"}', "email_change: Input should be 'new' or 'update'"),
        ('{"hub_id": 1, "deletes": "yes"}', "deletes: Input should be 'ignore', 'archive' or 'gdpr'"),
        ('{"hub_id": 1, "resend_after": -1}', "resend_after"),
        ('{"hub_id": 1, "resend_after": "a day"}', "resend_after"),
        ('{"hub_id": 1, "events": "on"}', "events: Input should be 'auto', 'custom', 'legacy' or 'off'"),
        ('{"hub_id": 1, "event_names": {"Signed Up": null}}', "event_names.Signed Up"),
        ('{"hub_id": 1, "properties_to_contact": {"Signed Up": "plan"}}', "properties_to_contact.Signed Up"),
        ('{"hub_id": 1, "properties_to_contact": {"x": {"a": "A B"}}}', "properties_to_contact.x.a"),
        ('{"hub_id": 1, "views": {"identify": "x"}}', "views.identify"),
        ('{"hub_id": 1, "pending": 604801}', "pending"),
        ('{"hub_id": 1, "group_key": "Account Id"}', "group_key"),
        ('{"hub_id": 1, "match_property": "email"}', "match_property.*need no setting"),
        ('{"hub_id": 1, "match_property": "hs_object_id"}', "match_property.*need no setting"),
        ('{"hub_id": 1, "match_property": "Customer Id"}', "match_property.*should match"),
        ('{"hub_id": 1, "associate": "yes"}', "associate: Input should be 'default', 'primary' or 'off'"),
        ('{"hub_id": 1, "integrations": "none"}', "integrations"),
        ('{"hub_id": 1, "consent": "Advertising"}', "consent"),
        ('{"hub_id": 1, "planx": "free", "zzz": 1}', "planx.*did you mean plan?; zzz: no such setting"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_the_key_to_mend(text: str, problem: str) -> None:
    with pytest.raises(InvalidSettingsError, match=problem.replace("?", r"\?")):
        parse_destination(text)


def test_a_refusal_does_not_repeat_what_might_be_secret() -> None:
    with pytest.raises(InvalidSettingsError) as refusal:
        parse_destination('{"hub_id": "pat-na1-secret", "access_token": "pat-na1-secret"}')

    assert "pat-na1-secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_the_memory_of_the_sender_is_what_lambda_says_and_the_default_where_nobody_does() -> None:
    numbers = dict.fromkeys(("RETRY_DELAY_S", "HUBSPOT_TIMEOUT_S", "SENDER_THREADS", "REST_S"), "1")
    environ = dict.fromkeys(SenderEnvironment.VARIABLES, "") | numbers

    assert SenderEnvironment.from_environ(environ).memory_mb == 1_769
    told = {**environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}
    assert SenderEnvironment.from_environ(told).memory_mb == 512


def test_the_environment_is_read_with_its_units() -> None:
    environ = {name: f"value of {name}" for name in SenderEnvironment.VARIABLES}
    found = SenderEnvironment.from_environ(
        environ | {"RETRY_DELAY_S": "5", "HUBSPOT_TIMEOUT_S": "10", "SENDER_THREADS": "8", "REST_S": "100"}
    )

    assert (found.retry_delay_s, found.hubspot_timeout_s, found.threads) == (5.0, 10.0, 8)
    assert found.rest_ms == 100_000
    assert found.bucket_table == "value of BUCKET_TABLE"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(KeyError, match="EVENTS_QUEUE_URL"):
        IngestEnvironment.from_environ({"PARAMETER_PREFIX": "/relay"})


def test_each_family_of_the_api_has_the_common_version_unless_it_is_set_apart() -> None:
    apart = settings(api_version="2027-03", api_versions={"events": "2026-03"})

    assert apart.versions == Versions.of("2027-03", {"events": "2026-03"})
    assert (apart.versions.events, apart.versions.event_definitions) == ("2026-03", "2027-03")
    assert hash(apart) != hash(settings(api_version="2027-03"))


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ('{"event": "2026-03"}', "api_versions.event.[key]: Input should be 'contacts', 'companies'"),
        ('{"events": "v3"}', "api_versions.events: String should match pattern"),
        ('"2026-03"', "api_versions: Input should be an object"),
    ],
)
def test_a_family_or_a_version_that_is_none_is_refused(versions: str, words: str) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        parse_destination(f'{{"hub_id": 1, "api_versions": {versions}}}')

    assert words in str(refused.value)
