"""The bodies of refusals, in as many shapes as they are known in. The sentences and ids are made up."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Error: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """What a form speaks of: one input, a property of it and its value, and the record that is in the way."""

    name: str
    value: str
    existing_id: str
    address: str


def _invalid(message: str, *details: Error, **more: Any) -> Error:  # noqa: ANN401 - JSON
    listed = {"errors": list(details)} if details else {}
    return {"category": "VALIDATION_ERROR", "message": message, **listed, **more}


def _detail(about: About, code: str, message: str) -> Error:
    return {"message": message, "code": code, "context": {"propertyName": [about.name]}}


def _result(about: About, code: str, message: str) -> Error:
    return {"isValid": False, "message": message, "error": code, "name": about.name}


def _listed(about: About) -> str:
    result = _result(about, "INVALID_OPTION", _no_option(about))
    return f"Property values were not valid: {json.dumps([result])}"


def _no_option(about: About) -> str:
    return f'{about.value} was not one of the allowed options: [label: "A" value: "a", label: "B" value: "b"]'


def _taken(about: About, name: str, value: str) -> str:
    owner = "portalId=7654321, objectTypeId=ObjectTypeId{legacyObjectType=CONTACT}"
    return (
        f"Cannot set PropertyValueCoordinates{{{owner}, propertyName={name}, value={value}}} on 900501. "
        f"{about.existing_id} already has that value."
    )


def _tokens(about: About) -> Error:
    return {
        "propertyName": [about.name],
        "existingObjectId": [about.existing_id],
        "conflictingValue": [about.value],
        "objectId": ["900501"],
    }


def _exists(about: About) -> str:
    return f"Contact already exists. Existing ID: {about.existing_id}"


_SCOPE = "crm.objects.contacts.write"
_NO_SCOPES = "This app has not been granted all required scopes to make this call."
_PAGE = "<!DOCTYPE html><html><head><title>Access denied</title></head><body>Ray 8f1</body></html>"

PROPERTY: Mapping[str, Callable[[About], Error]] = {
    "unknown_property": lambda a: _invalid(
        f"Property values were not valid: [{json.dumps(_result(a, 'PROPERTY_DOESNT_EXIST', 'none such'))}]",
        _detail(a, "PROPERTY_DOESNT_EXIST", f'Property "{a.name}" does not exist'),
    ),
    "unknown_property_in_a_sentence": lambda a: _invalid(f'Property "{a.name}" does not exist'),
    "no_option": lambda a: _invalid(
        "Property values were not valid", _detail(a, "INVALID_OPTION", _no_option(a))
    ),
    "no_option_in_the_message": lambda a: _invalid(_listed(a)),
    "read_only": lambda a: _invalid(
        "The property values provided are invalid",
        _detail(a, "READ_ONLY_VALUE", f'"{a.name}" is a read only property; its value cannot be set.'),
    ),
    "read_only_in_a_sentence": lambda a: _invalid(
        f"{a.name} is a calculated property; its value cannot be set."
    ),
    "unique_in_a_sentence": lambda a: _invalid(_taken(a, a.name, a.value)),
    "unique_in_tokens": lambda a: {
        "message": _taken(a, a.name, a.value),
        "errorType": "UNIQUE_VALUE_CONFLICT",
        "errorTokens": _tokens(a),
    },
    "unique_with_a_code": lambda a: _invalid(
        "The property values provided are invalid",
        {**_detail(a, "CONFLICTING_UNIQUE_VALUE", f"{a.value} is used by {a.existing_id} already")},
    ),
    "tokens_of_a_detail": lambda a: _invalid(
        "The property values provided are invalid",
        {"message": "The value is too long", "code": "VALUE_TOO_LONG", "errorTokens": _tokens(a)},
    ),
    "context_of_the_error": lambda a: _invalid("This value is refused", context={"propertyName": [a.name]}),
    "context_as_text": lambda a: _invalid(
        "Invalid", {"message": "not a number", "code": "INVALID_LONG", "context": {"propertyName": a.name}}
    ),
    "number": lambda a: _invalid(
        "The property values provided are invalid",
        _detail(a, "INVALID_LONG", f"{a.value} was not a valid long."),
    ),
    "date": lambda a: _invalid(
        "The property values provided are invalid",
        _detail(a, "INVALID_DATE", f"{a.value} is at 10:4:11.123 UTC, not midnight!"),
    ),
    "validation_results": lambda a: {
        "message": "Property values were not valid",
        "validationResults": [_result(a, "INVALID_INTEGER", f"{a.value} was not a valid integer.")],
    },
    "failure_messages": lambda a: {
        "message": "Errors found processing batch update",
        "failureMessages": [
            {"index": 0, "propertyValidationResult": _result(a, "INVALID_OPTION", _no_option(a))}
        ],
    },
    "nested": lambda a: _invalid(
        "One or more errors",
        {"message": "see below", "errors": [_detail(a, "INVALID_OPTION", _no_option(a))]},
    ),
    "errors_as_object": lambda a: _invalid(
        "The property values provided are invalid",
        errors=_detail(a, "INVALID_OPTION", _no_option(a)),
    ),
    "field_of_the_input": lambda a: _invalid(
        "Invalid input", {"message": "The value is not allowed", "in": f"properties.{a.name}"}
    ),
    "sentence_of_unknown_form": lambda a: _invalid(f"We could not take what was given as {a.name} today."),
}
CONFLICT: Mapping[str, tuple[int, Callable[[About], Error]]] = {
    "conflict": (409, lambda a: {"category": "CONFLICT", "message": _exists(a)}),
    "conflict_in_context": (
        409,
        lambda a: {
            "category": "CONFLICT",
            "message": "Contact already exists.",
            "context": {"existingId": [a.existing_id]},
        },
    ),
    "conflict_by_another_name": (
        409,
        lambda a: {
            "category": "OBJECT_ALREADY_EXISTS",
            "error": "CONTACT_EXISTS",
            "message": _exists(a),
            "errors": [{"message": f"A contact with email {a.address} already exists.", "in": "email"}],
        },
    ),
    "conflict_as_a_profile": (
        409,
        lambda a: {
            "message": "Contact already exists",
            "error": "CONTACT_EXISTS",
            "identityProfile": {"vid": int(a.existing_id)},
        },
    ),
    "conflict_as_validation": (400, lambda a: _invalid(_exists(a))),
    "conflict_of_values": (400, lambda a: _invalid(_taken(a, "email", a.address))),
    "conflict_with_a_code": (
        400,
        lambda a: _invalid(
            "The property values provided are invalid",
            {
                "message": f"Another contact has the address: {a.existing_id}",
                "code": "CONFLICTING_UNIQUE_VALUE",
                "context": {"propertyName": ["email"], "existingObjectId": [a.existing_id]},
            },
        ),
    ),
    "conflict_without_a_record": (
        409,
        lambda _: {"category": "CONFLICT", "message": "A contact with that email already exists."},
    ),
}
REQUIRED: Mapping[str, Callable[[About], Error]] = {
    "required": lambda _: _invalid(
        "The property values provided are invalid",
        {
            "message": "A value for jobtitle must be provided",
            "code": "MISSING_REQUIRED_PROPERTY",
            "context": {"propertyName": ["jobtitle"]},
        },
    ),
    "required_if": lambda _: _invalid(
        "The property values provided are invalid",
        {
            "message": "jobtitle is required because of a conditional property rule based on [country]",
            "code": "MISSING_CONDITIONAL_REQUIRED_PROPERTY",
            "context": {"propertyName": ["jobtitle"]},
        },
    ),
    "required_in_a_sentence": lambda _: _invalid("A value for jobtitle must be provided"),
}
FORBIDDEN: Mapping[str, Error] = {
    "missing_scope": {
        "category": "MISSING_SCOPES",
        "message": _NO_SCOPES,
        "errors": [{"message": "Required scopes", "context": {"requiredGranularScopes": [_SCOPE]}}],
    },
    "missing_scope_of_old": {
        "category": "MISSING_SCOPES",
        "message": _NO_SCOPES,
        "context": {"requiredScopes": [_SCOPE]},
    },
    "missing_scope_in_a_sentence": {
        "category": "MISSING_SCOPES",
        "message": _NO_SCOPES,
        "errors": [{"message": f"One or more of the following scopes are required: {_SCOPE}."}],
    },
    "missing_scope_unnamed": {"category": "MISSING_SCOPES", "message": _NO_SCOPES},
    "missing_tier": {"message": "The account's subscription does not include this: an Enterprise tier does."},
    "user_without_rights": {
        "category": "BANNED",
        "message": "The user of this token has lost permissions",
        "subCategory": "USER_DOES_NOT_HAVE_PERMISSIONS",
    },
    "inactive_account": {"message": "This account is not active any more."},
}
# What gateways of others answer in JSON.
GATEWAYS: Sequence[Error] = (
    {"message": "Forbidden"},
    {"message": "no Route matched with those values"},
    {"message": "Service Unavailable"},
)
# Nothing of HubSpot's: status, content type, body.
PAGES: Mapping[str, tuple[int, str, Any]] = {
    **{f"page_{status}": (status, "text/html", _PAGE) for status in (200, 302, 400, 401, 403, 404, 413, 503)},
    "text_403": (403, "text/plain", "Access denied by policy 17"),
    "empty_400": (400, "", None),
    "empty_403": (403, "", None),
    "empty_404": (404, "", None),
    "foreign_json_403": (403, "application/json", GATEWAYS[0]),
    "foreign_json_404": (404, "application/json", GATEWAYS[1]),
}

REFUSED = _invalid("This is not what we take.")
