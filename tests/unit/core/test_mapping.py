"""From an identify to what it asks of HubSpot."""

from typing import Any

import pytest
from builders import event

from relay.core.addresses import address_of
from relay.core.grants import Grant
from relay.core.mapping import Mapped, ObjectRef, UpsertObject, intents_for
from relay.core.outcomes import Skipped
from relay.core.rules import Rules
from relay.core.schema import Property, Schema

TEXTS = [
    "email",
    "firstname",
    "lastname",
    "jobtitle",
    "company",
    "phone",
    "address",
    "city",
    "state",
    "zip",
    "country",
    "website",
    "plan",
    "plan_tier",
    "yolo",
    "gogurt_is_life",
    "custom_lifecycle_stage",
]
STAGES = {stage: stage for stage in ("lead", "customer")}
FIELDS = [
    *(Property(name, "string", "text") for name in TEXTS),
    Property("createdate", "datetime", "date", is_writable=False),
    Property("hs_object_id", "number", "number", is_writable=False),
    Property("lifecyclestage", "enumeration", "radio", options=STAGES),
    Property("interests", "enumeration", "checkbox", options={"art": "art", "skiing": "ski"}),
    Property("email_opened_30_days", "bool", "booleancheckbox"),
    Property("pricing_page_visits", "number", "number"),
    Property("birthday", "date", "date"),
    Property("seen_at", "datetime", "date"),
    Property("a_b_c_d_e_f", "string", "text"),
]
KIM = "kim@example.org"
OUR_RULES = Rules()


def schema(*further: Property) -> Schema:
    return Schema({field.name: field for field in (*FIELDS, *further)})


def mapped(traits: dict[str, Any], rules: Rules = OUR_RULES, *further: Property, **fields: object) -> Mapped:
    found = intents_for(event(traits={"email": KIM, **traits}, **fields), schema(*further), rules)
    assert isinstance(found, Mapped)
    assert found.intent.ref == ObjectRef("contacts", "email", KIM)
    return found


def properties(traits: dict[str, Any], rules: Rules = OUR_RULES, *further: Property) -> dict[str, str]:
    found = dict(mapped(traits, rules, *further).intent.properties)
    assert found.pop("email") == KIM
    return found


def test_s12_an_identify_is_one_upsert_of_the_contact_of_its_address() -> None:
    assert mapped({"plan": "team"}).intent == UpsertObject(
        ObjectRef("contacts", "email", KIM), {"email": KIM, "plan": "team"}
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"traits": {"email": " Kim@Example.ORG\n"}}, KIM, id="S14-trait"),
        pytest.param({"traits": {"E-Mail": KIM}}, KIM, id="S14-trait-in-any-spelling"),
        pytest.param({"traits": {"EMAIL": "a@example.org", "email": KIM}}, KIM, id="exact-spelling-first"),
        pytest.param({"traits": {"e_mail": "b@example.org", "EMAIL": KIM}}, KIM, id="then-by-the-alphabet"),
        pytest.param({"traits": {"EMAIL": KIM, "email": "nobody"}}, KIM, id="plausible-spelling"),
        pytest.param({"traits": {"email": KIM}, "userId": "o@example.org"}, KIM, id="trait-before-user-id"),
        pytest.param({"context": {"traits": {"email": KIM}}, "userId": "o@example.org"}, KIM, id="context"),
        pytest.param({"traits": {"plan": "x"}, "context": {"traits": {"Email": KIM}}}, KIM, id="both"),
        pytest.param({"userId": "Kim@example.org"}, KIM, id="S66-user-id"),
        pytest.param({"userId": "Kim@example.org", "email": "o@example.org"}, KIM, id="user-id-before-email"),
        pytest.param({"email": KIM}, KIM, id="email-of-the-event"),
        pytest.param({"traits": {"email": ""}, "email": KIM}, KIM, id="empty-trait"),
        pytest.param({"traits": {"email": 7}, "email": KIM}, KIM, id="trait-is-no-text"),
        pytest.param({"traits": {"email": "a@b"}, "email": KIM}, KIM, id="trait-is-no-address"),
        pytest.param({"traits": {"email": KIM}, "userId": {}, "anonymousId": [1]}, KIM, id="broken-ids"),
        pytest.param({"type": "track", "context": {"traits": {"email": KIM}}}, KIM, id="track"),
        pytest.param({"type": "group", "traits": {"email": KIM}}, None, id="group-has-the-accounts-address"),
        pytest.param({"traits": {"email": "a@b"}, "context": {"traits": 7}}, None, id="none"),
    ],
)
def test_the_address_comes_from_the_likeliest_place(fields: dict[str, Any], expected: str | None) -> None:
    assert address_of(event(**fields)) == expected


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"traits": {"plan": "team"}}, "no_email", id="S14-nowhere"),
        pytest.param({"traits": {"email": None}}, "no_email", id="null"),
        pytest.param({"traits": {"email": ""}}, "no_email", id="empty"),
        pytest.param({"traits": {"email": "nobody"}}, "invalid_email", id="trait"),
        pytest.param({"traits": {"email": ["x"]}}, "invalid_email", id="list"),
        pytest.param({"context": {"traits": {"email": "a@b"}}}, "invalid_email", id="context"),
        pytest.param({"userId": "kim@host.local"}, "invalid_email", id="user-id"),
        pytest.param({"email": "nobody"}, "invalid_email", id="email"),
    ],
)
def test_without_a_plausible_address_an_identify_is_skipped(fields: dict[str, Any], reason: str) -> None:
    assert intents_for(event(**fields), schema(), OUR_RULES) == Skipped(reason)


def test_an_address_that_is_remembered_counts_where_the_event_has_none() -> None:
    found = intents_for(event(traits={"email": "nobody", "plan": "x"}), schema(), OUR_RULES, KIM)

    assert isinstance(found, Mapped)
    assert (found.intent.ref.id, found.dropped) == (KIM, {"email": "invalid_email"})


def test_the_events_own_address_counts_more_than_a_remembered_one() -> None:
    found = intents_for(event(email=KIM), schema(), OUR_RULES, "old@example.org")

    assert isinstance(found, Mapped)
    assert found.intent.ref.id == KIM


@pytest.mark.parametrize(
    ("traits", "dropped"),
    [
        ({"email": " KIM@Example.org "}, {}),
        ({"E-Mail": KIM.upper()}, {}),
        ({"E-Mail": "other@example.org"}, {"E-Mail": "superseded"}),
        ({"E-Mail": "nobody"}, {"E-Mail": "invalid_email"}),
        ({"E-Mail": ["x"]}, {"E-Mail": "invalid_email"}),
        ({"E-Mail": {"home": "x"}}, {"E-Mail": "invalid_email"}),
        ({"E-Mail": None}, {"E-Mail": "no_value"}),
    ],
)
def test_addresses_that_are_not_used_are_reported(traits: dict[str, Any], dropped: dict[str, str]) -> None:
    found = mapped(traits)

    assert (found.intent.properties, found.dropped) == ({"email": KIM}, dropped)


def test_traits_may_stand_in_the_context_as_rudderstack_has_them() -> None:
    found = intents_for(
        event(traits=None, context={"traits": {"email": KIM, "plan": 1}}), schema(), OUR_RULES
    )

    assert isinstance(found, Mapped)
    assert found.intent.properties == {"email": KIM, "plan": "1"}


@pytest.mark.parametrize("kind", ["track", "page", "screen", "group", "alias", "delete"])
def test_s59_other_calls_are_skipped(kind: str) -> None:
    assert intents_for(event(type=kind, email=KIM), schema(), OUR_RULES) == Skipped("type_not_supported")


def test_an_event_that_must_not_reach_hubspot_is_skipped() -> None:
    found = intents_for(event(email=KIM, integrations={"HubSpot": False}), schema(), OUR_RULES)

    assert found == Skipped("integrations")


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        pytest.param({"yoLO": 1}, {"yolo": "1"}, id="S15-keys-lower-cased"),
        pytest.param({"gogurt is life": True}, {"gogurt_is_life": "true"}, id="S16-spaces"),
        pytest.param({"nope": 1, "plan": "x"}, {"plan": "x"}, id="S17-unknown-left-out"),
        pytest.param({"company": {"name": "X", "id": 7}}, {"company": "X"}, id="S18-company-name"),
        pytest.param({"company": "X"}, {"company": "X"}, id="S18-company"),
        pytest.param({"companyName": "X"}, {"company": "X"}, id="S19-companyName"),
        pytest.param({"address": "Main St 1"}, {"address": "Main St 1"}, id="S19-address"),
        pytest.param({"city": "Odense"}, {"city": "Odense"}, id="S19-city"),
        pytest.param({"firstName": "Kim"}, {"firstname": "Kim"}, id="S19-firstName"),
        pytest.param({"lastName": "Larsen"}, {"lastname": "Larsen"}, id="S19-lastName"),
        pytest.param({"position": "CEO"}, {"jobtitle": "CEO"}, id="S19-position"),
        pytest.param({"phone": 4512345678}, {"phone": "4512345678"}, id="S19-phone"),
        pytest.param({"zip": "02134"}, {"zip": "02134"}, id="S19-zip"),
        pytest.param({"firstname": "Kim", "lastname": "L"}, {"firstname": "Kim", "lastname": "L"}, id="S20"),
        pytest.param({"First Name": "Kim"}, {"firstname": "Kim"}, id="S19-First-Name"),
        pytest.param({"last_name": "Larsen"}, {"lastname": "Larsen"}, id="S19-last_name"),
        pytest.param({"FIRSTNAME": "Kim"}, {"firstname": "Kim"}, id="S19-FIRSTNAME"),
        pytest.param({"job-title": "CTO"}, {"jobtitle": "CTO"}, id="jobTitle"),
        pytest.param({"name": "Kim van Dam"}, {"firstname": "Kim", "lastname": "van Dam"}, id="name"),
        pytest.param({"name": "Kim"}, {"firstname": "Kim"}, id="name-of-one-word"),
        pytest.param(
            {"name": "Kim L", "lastName": "M"}, {"firstname": "Kim", "lastname": "M"}, id="last-wins"
        ),
        pytest.param({"firstName": "", "name": "Kim"}, {"firstname": "Kim"}, id="empty-gives-way"),
        pytest.param({"phones": ["", "+45 1", "+45 2"]}, {"phone": "+45 1"}, id="phones"),
        pytest.param({"phones": ["+45 1"], "phone": "+45 2"}, {"phone": "+45 2"}, id="phone-before-phones"),
        pytest.param({"postalCode": "1"}, {"zip": "1"}, id="postalCode"),
        pytest.param({"postal_code": "1", "zip": "2"}, {"zip": "1"}, id="postal_code-before-zip"),
        pytest.param({"website": "example.org"}, {"website": "example.org"}, id="website"),
        pytest.param(
            {"address": {"street": "S", "city": "C", "state": "T", "postalCode": "Z", "country": "L"}},
            {"address": "S", "city": "C", "state": "T", "zip": "Z", "country": "L"},
            id="address-object",
        ),
        pytest.param({"address": {"postal_code": "Z", "zip": "Y"}}, {"zip": "Z"}, id="address-postal_code"),
        pytest.param({"address": {"zip": "Y"}, "zip": "X"}, {"zip": "Y"}, id="address-zip"),
        pytest.param({"address.city": "C"}, {"city": "C"}, id="flattened-by-the-sender"),
        pytest.param(
            {"address": [{}, {"street": "S", "city": "C"}, {"street": "T", "zip": "Z"}]},
            {"address": "S", "city": "C"},
            id="list-of-addresses",
        ),
        pytest.param({"address": [["x"], "S", {"city": "C"}]}, {"address": "S"}, id="list-of-address-lines"),
        pytest.param({"Address": [{"postal code": 5003}]}, {"zip": "5003"}, id="list-in-another-spelling"),
        pytest.param({"address": {"city": ["C", "D"]}}, {"city": "C"}, id="list-in-an-address"),
        pytest.param({"address": [[], None, ""]}, {}, id="list-of-nothing"),
        pytest.param({"company": [{"name": "X"}, "Y"]}, {"company": "X"}, id="list-of-companies"),
        pytest.param({"company": ["X"], "companyName": "Y"}, {"company": "Y"}, id="list-that-counts-less"),
        pytest.param({"phone": ["", "+45 1", "+45 2"]}, {"phone": "+45 1"}, id="list-as-phone"),
        pytest.param({"phone": {"home": "+45 1"}}, {}, id="object-as-phone"),
        pytest.param({"phone": [{"home": "+45 1"}]}, {}, id="list-of-objects-as-phone"),
        pytest.param({"name": ["Kim van Dam"]}, {"firstname": "Kim", "lastname": "van Dam"}, id="names"),
        pytest.param({"city": ["C"], "zip": [5]}, {"city": "C", "zip": "5"}, id="list-of-one"),
        pytest.param({"plan": ["a", 1]}, {"plan": '["a",1]'}, id="list-of-a-custom-trait"),
        pytest.param({"birthday": "1990-05-05"}, {"birthday": "641865600000"}, id="S44-date"),
        pytest.param({"seen_at": "2026-11-01T10:00:00Z"}, {"seen_at": "1793527200000"}, id="S44-datetime"),
        pytest.param({"plan": "2026-11-01"}, {"plan": "2026-11-01"}, id="S44-only-date-properties"),
        pytest.param({"lifecycle_stage": "lead"}, {"lifecyclestage": "lead"}, id="S45-lifecycle_stage"),
        pytest.param({"lifecycleStage": "lead"}, {"lifecyclestage": "lead"}, id="S45-lifecycleStage"),
        pytest.param({"Lifecycle Stage": "Lead"}, {"lifecyclestage": "lead"}, id="S45-Lifecycle-Stage"),
        pytest.param(
            {"custom_lifecycle_stage": "x"}, {"custom_lifecycle_stage": "x"}, id="S46-distinct-name"
        ),
        pytest.param({"no_such_audience": True, "plan": "x"}, {"plan": "x"}, id="S50-missing-property"),
        pytest.param({"pricing_page_visits": 5}, {"pricing_page_visits": "5"}, id="S51-computed-trait"),
        pytest.param({"email_opened_30_days": True}, {"email_opened_30_days": "true"}, id="S52-entered"),
        pytest.param({"email_opened_30_days": False}, {"email_opened_30_days": "false"}, id="S52-left"),
        pytest.param({"email_opened_30_days": "true"}, {"email_opened_30_days": "true"}, id="S52-journey"),
        pytest.param(
            {"Email Opened 30 Days": True}, {"email_opened_30_days": "true"}, id="S60-internal-name"
        ),
        pytest.param({"plan": {"tier": "gold"}}, {"plan_tier": "gold"}, id="nested-flattened"),
        pytest.param(
            {"plan": {"Tier": "g", "n": 1}}, {"plan_tier": "g", "plan": '{"Tier":"g","n":1}'}, id="json"
        ),
        pytest.param({"interests": {"x": 1}}, {}, id="no-json-into-an-enumeration"),
        pytest.param(
            {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}, {"a_b_c_d_e_f": '{"g":1}'}, id="deep-as-it-is"
        ),
        pytest.param({"interests": ["Art", "SKIING"]}, {"interests": "art;ski"}, id="multi-select"),
        pytest.param({"plan": ""}, {"plan": ""}, id="empty-text-clears"),
        pytest.param({"plan": None}, {}, id="null-is-ignored"),
        pytest.param({"name": ""}, {"firstname": "", "lastname": ""}, id="empty-name-clears-both"),
        pytest.param({"name": "\u00a0"}, {}, id="blank-name-clears-nothing"),
        pytest.param({"plan": " \u200b"}, {}, id="blank-text-is-no-value"),
        pytest.param(
            {"firstName": "\u2003", "name": "Kim L"}, {"firstname": "Kim", "lastname": "L"}, id="blank"
        ),
        pytest.param({"\ufeffplan ": "x"}, {"plan": "x"}, id="key-among-invisible-characters"),
        pytest.param({"phones": [" ", "\u202a+45 1\u202c"]}, {"phone": "+45 1"}, id="blank-among-phones"),
        pytest.param({"address": [{"city": " "}, {"city": "C"}]}, {"city": "C"}, id="blank-among-addresses"),
        pytest.param({"city": {"name": "C"}}, {}, id="object-as-city"),
        pytest.param({"firstName": {"en": "Kim"}}, {}, id="object-as-first-name"),
        pytest.param({"address": {"city": {"name": "C"}}}, {}, id="object-in-an-address"),
        pytest.param({"interests": ["Art", None, "\u00a0"]}, {"interests": "art"}, id="blank-among-options"),
        pytest.param({"interests": "S\u200bkiing;\u00a0ART"}, {"interests": "ski;art"}, id="odd-options"),
    ],
)
def test_traits_become_properties(traits: dict[str, Any], expected: dict[str, str]) -> None:
    assert properties(traits) == expected


@pytest.mark.parametrize(
    ("traits", "dropped"),
    [
        pytest.param({"shoe size": 39}, {"shoe size": "unknown_property"}, id="S17-unknown"),
        pytest.param({"hs_object_id": 7}, {}, id="record-id"),
        pytest.param({"hsObjectId": "7b"}, {"hsObjectId": "invalid_record_id"}, id="no-record-id"),
        pytest.param(
            {"createdAt": "2026-11-01"}, {"createdAt": "read_only_property"}, id="createdAt-read-only"
        ),
        pytest.param({"plan": None}, {"plan": "no_value"}, id="null"),
        pytest.param({"name": None}, {"name": "no_value"}, id="null-name"),
        pytest.param({"plan": "\u00a0"}, {"plan": "no_value"}, id="blank-text"),
        pytest.param({"interests": []}, {"interests": "no_value"}, id="no-options"),
        pytest.param({"interests": [" ", None]}, {"interests": "no_value"}, id="blank-options"),
        pytest.param({"plan": {}}, {"plan": "no_value"}, id="empty-object"),
        pytest.param({"city": {"name": "C"}}, {"city.name": "unknown_property"}, id="object-as-city"),
        pytest.param({"phone": float("nan")}, {"phone": "no_value"}, id="not-a-number"),
        pytest.param({"name": [{"x": 1}]}, {"name": "no_value"}, id="list-for-a-name"),
        pytest.param({"pricing_page_visits": "many"}, {"pricing_page_visits": "not_a_number"}, id="number"),
        pytest.param({"birthday": "soon"}, {"birthday": "not_a_date"}, id="S44-date"),
        pytest.param({"birthday": 7}, {"birthday": "implausible_date"}, id="S44-number"),
        pytest.param({"lifecycle_stage": "x"}, {"lifecycle_stage": "no_such_option"}, id="S45-unknown-stage"),
        pytest.param({"interests": ["art", "x"]}, {"interests[1]": "no_such_option"}, id="one-option-of-two"),
        pytest.param(
            {"yoLO": 1, "YOLO": 2, "yolo": 3}, {"yoLO": "superseded", "YOLO": "superseded"}, id="keys"
        ),
        pytest.param({"firstName": "Kim", "lastName": "L", "name": "Kim L"}, {}, id="says-the-same"),
        pytest.param(
            {"firstName": "K", "lastName": "M", "name": "Kim L"}, {"name": "superseded"}, id="says-other"
        ),
        pytest.param(
            {"address": [{"city": "C", "planet": "P"}, None, {"city": "D"}, "S"]},
            {"address.planet": "unknown_property", "address[2]": "superseded", "address[3]": "superseded"},
            id="further-addresses",
        ),
        pytest.param(
            {"phone": [{"home": 1}, "+45 1", "+45 2"]},
            {"phone[0]": "superseded", "phone[2]": "superseded"},
            id="further-phones",
        ),
        pytest.param({"phone": {"home": 1}}, {"phone.home": "unknown_property"}, id="object-as-phone"),
        pytest.param({"company": [["X"]]}, {"company": "no_value"}, id="list-of-lists"),
        pytest.param({"company": {"size": 7}}, {"company.size": "unknown_property"}, id="part-of-an-object"),
        pytest.param({"plan": {"x": float("nan")}}, {"plan": "not_json"}, id="infinite-number-in-json"),
        pytest.param({"": 1}, {"": "unknown_property"}, id="empty-key"),
        pytest.param({"x\ud800": 1}, {"x\\ud800": "unknown_property"}, id="surrogate-in-key"),
        pytest.param({"k" * 300: 1}, {"k" * 200 + "…": "unknown_property"}, id="very-long-key"),
    ],
)
def test_what_is_left_out_is_reported(traits: dict[str, Any], dropped: dict[str, str]) -> None:
    assert mapped(traits).dropped == dropped


def test_one_bad_value_costs_its_property_and_never_the_contact() -> None:
    found = mapped({"pricing_page_visits": "many", "plan": "team", "birthday": True})

    assert found.intent.properties == {"email": KIM, "plan": "team"}
    assert found.dropped == {"pricing_page_visits": "not_a_number", "birthday": "not_a_date"}


def test_s63_the_sample_of_engage_sets_its_property() -> None:
    found = mapped(
        {"email_opened_30_days": True},
        userId="u-77",
        anonymousId=None,
        integrations={},
        messageId="personas_1",
        context={"library": {"name": "analytics-python"}, "personas": {"computation_class": "audience"}},
    )

    assert found == Mapped(
        UpsertObject(ObjectRef("contacts", "email", KIM), {"email": KIM, "email_opened_30_days": "true"})
    )


def test_createdat_is_sent_where_it_may_be() -> None:
    writable = Property("createdate", "datetime", "date")

    assert properties({"createdAt": 1_793_527_200}, OUR_RULES, writable) == {"createdate": "1793527200000"}


def test_a_standard_trait_also_sets_the_portals_own_property_of_its_name() -> None:
    found = properties(
        {"createdAt": "x", "position": "CEO"}, OUR_RULES, *map(_text, ("createdat", "position"))
    )

    assert found == {"createdat": "x", "jobtitle": "CEO", "position": "CEO"}


def test_a_list_goes_whole_to_the_portals_own_property_of_its_name() -> None:
    found = properties({"position": ["CEO", "CTO"]}, OUR_RULES, _text("position"))

    assert found == {"jobtitle": "CEO", "position": '["CEO","CTO"]'}


def _text(name: str) -> Property:
    return Property(name, "string", "text")


@pytest.mark.parametrize(
    ("kind", "traits", "rules", "expected"),
    [
        pytest.param("string", {}, {}, {"id": "u-1"}, id="user-id"),
        pytest.param("string", {"ID": 7}, {}, {"id": "7"}, id="trait-before-user-id"),
        pytest.param("string", {}, {"id": None}, {}, id="blocked"),
        pytest.param("number", {}, {}, {}, id="wrong-type"),
    ],
)
def test_the_user_id_goes_into_a_property_called_id(
    kind: str, traits: dict[str, Any], rules: dict[str, str | None], expected: dict[str, str]
) -> None:
    assert properties(traits, Rules(rules), Property("id", kind)) == expected


@pytest.mark.parametrize(
    ("rules", "traits", "expected", "dropped"),
    [
        pytest.param({"plan.tier": "yolo"}, {"plan": {"tier": "g"}}, {"yolo": "g"}, {}, id="path"),
        pytest.param({"plan.tier": "yolo"}, {"Plan": {"TIER": "g"}}, {"yolo": "g"}, {}, id="any-spelling"),
        pytest.param({"plan.tier": "yolo"}, {"plan.tier": "g"}, {"yolo": "g"}, {}, id="dotted-key"),
        pytest.param(
            {"tier": "yolo"},
            {"tier": "g", "yolo": "s"},
            {"yolo": "g"},
            {"yolo": "superseded"},
            id="rule-first",
        ),
        pytest.param(
            {"tier": "yolo"}, {"tier": None, "yolo": "s"}, {"yolo": "s"}, {"tier": "no_value"}, id="null"
        ),
        pytest.param({"tier": "x"}, {"tier": "g"}, {}, {"tier": "unknown_property"}, id="no-such-property"),
        pytest.param(
            {"plan.tier": "x"},
            {"plan": {"tier": "g"}},
            {},
            {"plan.tier": "unknown_property"},
            id="no-such-property-for-a-part",
        ),
        pytest.param({"plan": None}, {"plan": "g"}, {}, {"plan": "blocked"}, id="blocked"),
        pytest.param({"plan": "yolo"}, {"plan": {"a": 1}}, {"yolo": '{"a":1}'}, {}, id="whole-object"),
        pytest.param(
            {"plan.secret": None},
            {"plan": {"secret": 1, "x": {"y": [2]}}},
            {"plan": '{"x":{"y":[2]}}'},
            {"plan.secret": "blocked"},
            id="blocked-part-is-not-in-json",
        ),
        pytest.param(
            {"work": "email"}, {"work": "x@example.org"}, {}, {"work": "reserved_property"}, id="email"
        ),
        pytest.param({"email": None}, {}, {}, {}, id="the-address-is-no-matter-of-rules"),
    ],
)
def test_rules_rename_and_block_traits(
    rules: dict[str, str | None], traits: dict[str, Any], expected: dict[str, str], dropped: dict[str, str]
) -> None:
    found = mapped(traits, Rules(rules))

    assert (found.intent.properties, found.dropped) == ({"email": KIM, **expected}, dropped)


_CLEARED = {"plan": "", "birthday": "", "pricing_page_visits": ""}


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ({"plan": None, "birthday": None}, {"plan": "", "birthday": ""}),
        ({"interests": None}, {"interests": ""}),
        ({"name": None}, {"firstname": "", "lastname": ""}),
        ({"name": "Kim"}, {"firstname": "Kim"}),
        ({"firstName": None, "name": "Kim"}, {"firstname": "Kim"}),
        ({"hs_object_id": None, "nope": None}, {}),
        ({"interests": []}, {"interests": ""}),
        ({"interests": [None, "\u200b"]}, {"interests": ""}),
        ({"interests": "\u00a0"}, {"interests": ""}),
        ({"interests": ";", "birthday": "; ;"}, {}),
        ({"plan": " ", "birthday": [], "pricing_page_visits": {}}, _CLEARED),
        ({"plan": {"tier": None, "seats": [" "]}}, {"plan": "", "plan_tier": ""}),
        ({"name": "\u00a0"}, {"firstname": "", "lastname": ""}),
        ({"name": []}, {"firstname": "", "lastname": ""}),
        ({"phones": []}, {"phone": ""}),
        ({"phone": [None, " "], "company": {}}, {"phone": "", "company": ""}),
        ({"phone": [{"home": "+45 1"}], "city": [["C"]]}, {}),
        ({"address": [], "zip": [""]}, {"address": "", "zip": ""}),
        ({"interests": [], "Interests": ["art"]}, {"interests": "art"}),
        ({"plan": float("nan"), "pricing_page_visits": 10**400}, {}),
        ({"interests": ["tin"]}, {}),
    ],
)
def test_null_clears_where_that_is_wanted(traits: dict[str, Any], expected: dict[str, str]) -> None:
    assert properties(traits, Rules(clear_nulls=True)) == expected


def test_stages_are_not_sent_where_that_is_wanted() -> None:
    found = mapped({"lifecycle_stage": "lead", "plan": "x"}, Rules(lifecyclestage="never"))

    assert found.intent.properties == {"email": KIM, "plan": "x"}
    assert found.dropped == {"lifecycle_stage": "lifecyclestage_never"}


@pytest.mark.parametrize(
    ("traits", "unknown"),
    [
        pytest.param({"Shoe Size": 39}, {"shoe_size": 39}, id="S17-value-is-kept"),
        pytest.param({"shoe": {"size": 39}}, {"shoe_size": 39}, id="part-of-an-object"),
        pytest.param({"Shoe": None, "shoe": 39}, {"shoe": 39}, id="value-before-null"),
        pytest.param({"plan": {"x": 1}}, {}, id="part-of-json"),
        pytest.param({"interests": {"x": 1}}, {"interests_x": 1}, id="part-that-json-cannot-hold"),
    ],
)
def test_values_of_unknown_properties_are_kept_for_creating_them(
    traits: dict[str, Any], unknown: dict[str, object]
) -> None:
    assert mapped(traits).unknown == unknown


def test_a_name_that_has_no_property_is_unknown_by_what_it_would_set() -> None:
    bare = Schema({"email": Property("email", "string")})
    found = intents_for(event(traits={"email": KIM, "name": 7, "phone": "1"}), bare, OUR_RULES)

    assert isinstance(found, Mapped)
    assert found.unknown == {"phone": "1"}
    assert found.dropped == {"name": "unknown_property", "phone": "unknown_property"}


LABELLED = (
    Property("job_role_c", "string", label="role at work"),
    Property("cust_tier", "enumeration", "select", options={"gold": "Gold"}, label="customer tier"),
    Property("details_c", "string", label="plan details"),
    Property("custom_position", "string", label="position"),
    Property("mail_c", "string", label="e-mail"),
)


@pytest.mark.parametrize(
    ("traits", "expected", "dropped"),
    [
        pytest.param({"Role at Work": "CEO"}, {"job_role_c": "CEO"}, {}, id="as-people-see-it"),
        pytest.param({" role\u00a0at  WORK": "CEO"}, {"job_role_c": "CEO"}, {}, id="in-any-form"),
        pytest.param({"Customer Tier": "GOLD"}, {"cust_tier": "Gold"}, {}, id="option"),
        pytest.param(
            {"Role at Work": "A", "JOB ROLE C": "B"},
            {"job_role_c": "B"},
            {"Role at Work": "superseded"},
            id="name-before-label",
        ),
        pytest.param({"roleAtWork": "A"}, {}, {"roleAtWork": "unknown_property"}, id="another-spelling"),
        pytest.param({"position": "CEO"}, {"jobtitle": "CEO"}, {}, id="standard-trait"),
        pytest.param({"E-Mail": "x@example.org"}, {}, {"E-Mail": "superseded"}, id="address"),
        pytest.param(
            {"Plan Details": {"tier": 1}}, {}, {"Plan Details.tier": "unknown_property"}, id="object"
        ),
        pytest.param(
            {"x": {"Role at Work": "A"}}, {}, {"x.Role at Work": "unknown_property"}, id="part-of-an-object"
        ),
        pytest.param({"Role at Work": [" "]}, {}, {"Role at Work": "no_value"}, id="blank"),
    ],
)
def test_a_trait_may_go_by_a_propertys_label(
    traits: dict[str, Any], expected: dict[str, str], dropped: dict[str, str]
) -> None:
    found = mapped(traits, OUR_RULES, *LABELLED)

    assert (found.intent.properties, found.dropped) == ({"email": KIM, **expected}, dropped)


@pytest.mark.parametrize(
    ("rules", "expected", "dropped"),
    [
        ({"job_role_c": None}, {}, {"Role at Work": "blocked"}),
        ({"Job Role C": None}, {}, {"Role at Work": "blocked"}),
        ({"role_at_work": None}, {}, {"Role at Work": "blocked"}),
        ({"job_role_c": "plan"}, {"plan": "CEO"}, {}),
        ({"Role at Work": "yolo", "job_role_c": None}, {"yolo": "CEO"}, {}),
    ],
)
def test_a_rule_for_a_property_holds_for_its_label(
    rules: dict[str, str | None], expected: dict[str, str], dropped: dict[str, str]
) -> None:
    found = mapped({"Role at Work": "CEO"}, Rules(rules), *LABELLED)

    assert (found.intent.properties, found.dropped) == ({"email": KIM, **expected}, dropped)


def test_no_label_leads_to_the_address() -> None:
    address = Property("email", "string", label="work address")
    found = mapped({"Work Address": "x@example.org"}, OUR_RULES, address)

    assert (found.intent.properties, found.dropped) == ({"email": KIM}, {"Work Address": "reserved_property"})


def test_a_public_keys_list_names_traits_as_the_event_does() -> None:
    public = event(traits={"email": KIM, "Role at Work": "CEO"}).model_copy(
        update={"grant": Grant("k", traits=frozenset({"job_role_c"}))}
    )
    found = intents_for(public, schema(*LABELLED), OUR_RULES)

    assert isinstance(found, Mapped)
    assert (found.intent.properties, found.dropped) == ({"email": KIM}, {"Role at Work": "not_allowed"})


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        pytest.param({"phone": '["+47 1"]'}, {"phone": "+47 1"}, id="list"),
        pytest.param({"phones": ' ["+47 1"] '}, {"phone": "+47 1"}, id="standard-of-another-name"),
        pytest.param({"company": '{"name": "Acme"}'}, {"company": "Acme"}, id="object"),
        pytest.param(
            {"address": '{"street": "1 Quay", "city": "Oslo"}'},
            {"address": "1 Quay", "city": "Oslo"},
            id="object-of-several",
        ),
        pytest.param({"address": '[{"street": "1 Quay"}]'}, {"address": "1 Quay"}, id="list-of-objects"),
        pytest.param({"address": ['{"street": "1 Quay"}']}, {"address": "1 Quay"}, id="text-in-a-list"),
        pytest.param({"address": "[old] 1 Quay"}, {"address": "[old] 1 Quay"}, id="no-json"),
        pytest.param({"company": "7"}, {"company": "7"}, id="json-that-is-no-object"),
    ],
)
def test_objects_and_lists_of_standard_traits_may_be_json_text(
    traits: dict[str, Any], expected: dict[str, str]
) -> None:
    assert properties(traits) == expected
