"""Reasons in words: what each means, and what a person can do about it. Pure.

The meanings of skipped events and dropped traits are those of `docs/mapping.md`; those of waiting and of
refusal stand here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cli.reference import DROPPED, SKIPPED

_BY_ITSELF = "It is tried again by itself; nothing is to be done."
_GRANT = (
    "Give the service key or private app the scope: the events wait, and go then. "
    "A private app has to be saved anew; its token stays."
)
_GRANT_AND_GO = (
    "Give the service key or private app the scope: the events go by themselves then, at once with "
    "`relay retry`. A private app has to be saved anew; its token stays."
)
_SETTING = "the destination's settings (README, Settings)"


@dataclass(frozen=True, slots=True)
class Words:
    """What a reason means, and what to do about it; "" if there is nothing to do."""

    meaning: str
    remedy: str = ""


_PLAN = Words(
    "the account's plan has no custom events, which need Enterprise",
    f"Set `events` to `off` in {_SETTING}, or upgrade the plan.",
)
DEFERRED: Mapping[str, Words] = {
    "window_full": Words("HubSpot's limit of calls in 10 seconds is used up", _BY_ITSELF),
    "blocked": Words("HubSpot has turned a call away and named a time to wait", _BY_ITSELF),
    "day_spent": Words(
        "the day's calls are used up",
        "It goes on at midnight in the account's time zone. See which other apps use the limit, or raise it.",
    ),
    "status": Words("HubSpot has answered with an error of its own", _BY_ITSELF),
    "schema": Words("HubSpot's properties could not be read", _BY_ITSELF),
    "definitions": Words("HubSpot's event definitions could not be read", _BY_ITSELF),
    "no_answer": Words("HubSpot has not answered", _BY_ITSELF),
    "no_time": Words("the sender's time was up before its turn came", _BY_ITSELF),
    "not_sendable": Words(
        "the call cannot be put into a request: a URL or the access token has no such form",
        f"Look at `hubspot_url` and `track_url` in {_SETTING}; store the token anew with `relay connect`.",
    ),
    "access_token_refused": Words(
        "HubSpot does not accept the access token",
        "Store a valid one with `relay connect`. It is used within five minutes, at once with `relay retry`.",
    ),
    "wrong_account": Words(
        "the access token is of another HubSpot account than `hub_id` says, so nothing is written with it",
        f"Store a token of the right account with `relay connect`, or put `hub_id` right in {_SETTING}.",
    ),
    "account_unknown": Words(
        "HubSpot does not tell whose the access token is, so nothing is written with it",
        "Store the token of a service key or private app with `relay connect`; `relay doctor` asks anew.",
    ),
    "no_access_token": Words("the destination has no access token", "Store one with `relay connect`."),
    "no_settings": Words(
        "nobody has set up this destination",
        "Set it up with `relay connect`, or mend the end of the webhook's URL.",
    ),
    "invalid_settings": Words("the destination's settings cannot be used", f"Mend {_SETTING}."),
    "match_property_missing": Words(
        "HubSpot has no contact property of the name in `match_property` that can be written",
        "Make it in HubSpot, with unique values; events wait until then. `relay doctor` looks at it.",
    ),
    "match_property_not_unique": Words(
        "HubSpot finds nothing by this property (`match_property` or `group_key`): its values are not unique",
        "Make a new property with unique values (HubSpot lets none become so later), or change the setting.",
    ),
    "parameters_unavailable": Words("SSM could not be read", _BY_ITSELF),
    "bucket_unavailable": Words("the table of the token bucket could not be reached", _BY_ITSELF),
    "memory_unavailable": Words("the table of what is remembered could not be reached", _BY_ITSELF),
    "lease_unavailable": Words("the table of what is remembered could not be reached", _BY_ITSELF),
    "portal_busy": Words("another sender is delivering to this portal", _BY_ITSELF),
    "company_may_be_coming": Words(
        "a contact of this domain was made just now, and HubSpot may be about to make the company", _BY_ITSELF
    ),
    "company_creation_unknown": Words("nobody knows yet whether the company has been made", _BY_ITSELF),
    "resting": Words("a call without an answer may still be at work there", _BY_ITSELF),
    "refused_alike": Words(
        "HubSpot refuses in the same words whatever it is sent, and accepts nothing",
        "Mend in HubSpot what its words say: the account may be full, or a property required. Then say "
        "`relay retry`.",
    ),
    "missing_scope": Words("the access token lacks a scope that is needed", _GRANT_AND_GO),
    "missing_tier": Words(
        "the account's plan has no custom events, which need Enterprise",
        f"Set `events` to `off` in {_SETTING}, or upgrade the plan; then `relay retry`.",
    ),
    "forbidden": Words(
        "HubSpot does not let the relay do this, and names no scope",
        "Its words say why: the account may be inactive, or its plan without this. Mend it; then say "
        "`relay retry`.",
    ),
    "not_hubspot": Words("something in front of HubSpot has answered in its place", _BY_ITSELF),
    "unknown_path": Words(
        "HubSpot has no such path: it does not have this family of calls in this version",
        f"Name a version that it has in `api_versions` of {_SETTING}; then `relay retry`.",
    ),
    "person_pending": Words(
        "a track of whom nobody is known yet; it waits for an identify, as long as `pending` says", _BY_ITSELF
    ),
    "deletion_pending": Words("the person's deletion has not been done yet", _BY_ITSELF),
    "not_linked": Words("the contact could not be linked to its company yet", _BY_ITSELF),
    "conflict": Words("somebody else has just made the same contact or company", _BY_ITSELF),
    "not_found": Words("the record is gone from HubSpot; it is looked up anew", _BY_ITSELF),
    "missing_outcome": Words(
        "HubSpot's answer says nothing about it, so it does not count as done", _BY_ITSELF
    ),
    "property_not_ready": Words("HubSpot does not know the property yet that was made for it", _BY_ITSELF),
    "definition_not_ready": Words("HubSpot does not know the event yet that was defined for it", _BY_ITSELF),
    "definition_not_made_yet": Words("the event is to be defined first", _BY_ITSELF),
    "definitions_outdated": Words(
        "HubSpot's list of events was read before it came, and does not have it; it is read again", _BY_ITSELF
    ),
    "properties_not_listed": Words("HubSpot's list of properties could not be read anew", _BY_ITSELF),
    "stage_not_restored": Words("a lifecycle stage was cleared and is still to be set", _BY_ITSELF),
    "twins_disagree": Words("two addresses of one contact were to be written at once", _BY_ITSELF),
    "labels_unread": Words(
        "HubSpot does not tell the labels of its companies: setting one would end them", _BY_ITSELF
    ),
    "too_many_labels": Words(
        "the contact has so many companies that the labels of this one were not found", _BY_ITSELF
    ),
    "too_many_refusals": Words("HubSpot has refused too many of the events beside it", _BY_ITSELF),
    "in_bad_company": Words("another event of its call was refused", _BY_ITSELF),
    "search_unreadable": Words("HubSpot's search has answered something that is none", _BY_ITSELF),
    "reject_not_stored": Words(
        "HubSpot or the relay has refused it, and SQS has not taken it among the rejects yet", _BY_ITSELF
    ),
    "not_sent": Words("its turn has not come", _BY_ITSELF),
    "not_read": Words("its turn has not come", _BY_ITSELF),
}
REJECTED: Mapping[str, Words] = {
    "refused": Words(
        "HubSpot has refused it",
        "`relay rejects` shows HubSpot's words. Mend the cause, then `relay replay --reason refused`.",
    ),
    "missing_scope": Words("the access token may not do this", _GRANT),
    "missing_tier": _PLAN,
    "required_property": Words(
        "a rule of the account wants a property that the event does not bring",
        "Send the property, or take the rule back in HubSpot (Settings, Objects). Then "
        "`relay replay --reason required_property`.",
    ),
    "no_definition": Words(
        "HubSpot has no event for this track",
        "Define it in HubSpot (Data Management, Custom events), name one in `event_names`, or let the relay "
        "make it with `create_event_definitions`. Then `relay replay --reason no_definition`.",
    ),
    "search_refused": Words(
        "HubSpot refuses to search for its company",
        "`relay rejects` shows HubSpot's words. Send another website or `groupId`, then "
        "`relay replay --reason search_refused`.",
    ),
    "malformed_event": Words(
        "the event has a shape that nothing can be made of",
        "Mend the fields that are named where the event is made: traits of an identify or a group have to be "
        "an object.",
    ),
    "too_large_for_sender": Words(
        "the message unpacks to more than half of what the sender's memory lets one invocation work on",
        "Nothing that Segment sends does. If it is yours, raise `SenderMemorySize` and replay it.",
    ),
    "received_too_often": Words(
        "SQS has put it aside after a thousand tries", "Mend the cause, and replay it."
    ),
    "expired": Words(
        "it has waited for 13 days, or no sender came to an end with it 900 times",
        "`relay rejects` shows what it waited for. Mend that, then `relay replay --reason expired`.",
    ),
}
# What ingest says of an event that it does not take.
REFUSED: Mapping[str, Words] = {
    "missing_type": Words(
        "it has no `type`, so it is no whole Segment event",
        "In the webhook's mapping in Segment, set Data to `$.`, so that whole events are sent.",
    ),
    "unknown_type": Words(
        "its `type` is none of Segment's",
        "It has to be identify, track, page, screen, group, alias or delete.",
    ),
    "not_an_object": Words(
        "it is no JSON object", "In the webhook's mapping in Segment, set Data to `$.`, the whole event."
    ),
    "delete_not_allowed": Words(
        "a deletion needs a secret that vouches for it, and only the first event of a batch is signed",
        "Send the secret header, or the deletion by itself.",
    ),
    "type_not_allowed": Words(
        "its write key may not send events of its type",
        "Add the type to the write key's `types` in SSM, or send it with another key.",
    ),
    "too_deep": Words("it is nested more deeply than any data", "Send a flatter event."),
    "too_many_values": Words("it has more than 10,000 values", "Leave out what HubSpot is not to have."),
    "too_many_keys": Words(
        "an object in it has more than 5,000 keys", "Send data as values or lists, not as names."
    ),
    "too_large": Words("it is larger than any event of Segment's", "Segment itself takes 32 KB at most."),
}
_ADVICE: Mapping[str, str] = {
    "no_email": "Send `traits.email`, or identify the user with an address first.",
    "invalid_email": "Correct the address where it is entered. HubSpot takes none below an unknown domain.",
    "unchanged": "Nothing: HubSpot has it. `resend_after` says for how long that is believed.",
    "stale": "Nothing, if the event's `timestamp` is right.",
    "contact_unknown": "Set `create_contacts`, if events may make new contacts.",
    "no_consent": "Nothing, if the person has not agreed. The categories stand in `consent`.",
    "integrations": "Remove HubSpot from the event's `integrations`, or set `integrations` to `ignore`.",
    "alias_incomplete": "Send both `previousId` and `userId`.",
    "alias_not_allowed": "Send it with a server's write key, or allow the key `may_change_email`.",
    "deletion_unconfirmed": "Look the person up in HubSpot, and delete the contact there if it is theirs.",
    "unconfirmed": "Send the address with the event, or identify the user from a server.",
    "deletes_off": "Set `deletes` to `archive` or `gdpr`, if deletions are to be done.",
    "type_not_supported": "For a page or screen, give it an event's name in `views`.",
    "events_off": "Custom events need HubSpot Enterprise, a token with their scopes, and an event that is "
    "defined. With `events` `custom` tracks wait for what is missing; `relay doctor` names it.",
    "repeated": "Nothing: it has been counted. Another event needs a `messageId` of its own.",
    "no_event_name": "Send the track's name as `event`.",
    "no_person": "Identify the person first, send an address, or let tracks wait with `pending`.",
    "no_website": "Send `traits.website`, or know companies by their ids with `group_key`.",
    "invalid_website": "Send a whole URL, or set `bare_hosts` for websites without https://.",
    "free_mail_domain": "Send the company's own website.",
    "shared_host": "Send the company's own website, know companies by their ids with `group_key`, or name the"
    " host in `company_hosts` if all of it is one company's.",
    "no_group_id": "Send `groupId`.",
    "placeholder_id": "Send the id only where it is known, or name it in `real_ids` if it is somebody's.",
    "company_unknown": "Set `create_companies`, if groups may make companies.",
}
_MENDING: Mapping[str, str] = {
    "invalid_record_id": "Send the number of the record, as it stands in its address in HubSpot.",
    "email_of_another_contact": "Look at both contacts in HubSpot, and merge them if they are one person.",
    "unknown_property": "Create the property in HubSpot, name another one in `traits`, or set "
    "`create_properties`.",
    "not_made": "Make it in HubSpot, where it is right; else keep data out of names, block the trait in "
    "`traits`, or raise the limit. `relay doctor` names all.",
    "read_only_property": "Name another property for it in `traits`, or block it.",
    "superseded": "Send only one of them, or block this one in `traits`.",
    "not_allowed": "Add the trait to the write key's `traits` in SSM, if everybody may set it.",
    "context_traits_ignored": "Set `context_traits` to `set` or `fill`, if tracks may change contacts.",
    "already_set": "Nothing: an identify changes it. Set `context_traits` to `set`, if tracks are to.",
    "another_person": "Nothing, if the track is about somebody else. Else leave that address out of it.",
    "unconfirmed": "Send the address with the event, or send it from a server.",
    "no_value": "Set `null_policy` to `clear`, if null and blank values are to clear the property.",
    "no_such_option": "Add the option to the property in HubSpot, or send one that it has.",
    "too_long": "Shorten it.",
    "not_a_number": "Send a number, or text that is one: 20.5, not 1,000 or 7 kg.",
    "not_a_boolean": "Send true or false.",
    "empty_date": "Leave the trait out where there is no date.",
    "not_a_time": "Send `timestamp` as ISO 8601 with its zone, such as 2026-11-01T08:00:00.000Z.",
    "empty_time": "Set the event's `timestamp` where it is made, or leave it out.",
    "in_the_future": "Look at the sender's clock. Calendars other than the Gregorian come out so as well.",
    "not_an_object": "Send a JSON object, not text or a list.",
    "not_a_list": "Send a JSON list.",
    "not_of_this_call": "Send what happened in a track's `properties`, and its user's traits in "
    "`context.traits`; an identify's and a group's in `traits`.",
    "not_a_date": "Send an ISO 8601 date, such as 2026-11-01 or 2026-11-01T08:00:00Z.",
    "implausible_date": "Send seconds or milliseconds since 1970, or an ISO 8601 date.",
    "not_a_name": "Send the name as text.",
    "unknown_event_property": "Add the property to HubSpot's event, or set `create_event_definitions`.",
    "invalid_email": "Correct the address where it is entered.",
    "placeholder_id": "Send the id only where it is known, or name it in `real_ids` if it is somebody's.",
    "repeated": "Nothing, if the event was sent again. Else give each event a `messageId` of its own.",
    "shared_host": "Nothing, or name the host in `company_hosts` if all of it is one company's.",
    "free_mail_domain": "Send the company's own website.",
    "invalid_website": "Send a whole URL, or set `bare_hosts` for websites without https://.",
    "shared_domain": "Know companies by their ids with `group_key`, or name the host in `shared_hosts`.",
    "too_many_pending": "Identify the person, then send the group again.",
    "lifecyclestage_never": "Set `lifecyclestage` to `forward` or `any`, if stages are to be sent.",
    "kept_by_hubspot": "Set `lifecyclestage` to `any`, if stages may be set back.",
    "refused": "Send a value that HubSpot takes for this property; its code says what is wrong.",
}
_BY_OUTCOME: Mapping[str, Mapping[str, Words]] = {
    "skipped": {word: Words(text, _ADVICE.get(word, "")) for word, text in SKIPPED.items()},
    "deferred": DEFERRED,
    "rejected": REJECTED,
    "refused": REFUSED,
}
_OF_DROPPED = {word: Words(text, _MENDING.get(word, "")) for word, text in DROPPED.items()}
_FAMILIES = ("schema_status", "definitions_status", "status", "refused")


def words_for(outcome: str, reason: str) -> Words:
    """Return the words for the reason of an outcome; what nobody has put into words has none."""
    return _found(_BY_OUTCOME.get(outcome, {}), reason)


def words_for_dropped(reason: str) -> Words:
    """Return the words for why a trait was left out."""
    if reason.startswith("duplicate_companies"):
        return Words(
            "HubSpot has several companies of this domain; the oldest was taken", "Merge them in HubSpot."
        )
    return _found(_OF_DROPPED, reason)


def _found(table: Mapping[str, Words], reason: str) -> Words:
    word = reason.partition(":")[0]
    family = next((each for each in _FAMILIES if word.startswith(f"{each}_")), "").partition("_")[0]
    return table.get(word) or table.get(family) or Words("")
