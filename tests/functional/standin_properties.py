"""Calls to the stand-in, and to its property routes with a token that may create properties."""

from typing import Any

import httpx

from cli.standin.server import ACCESS_TOKEN, StandIn

PROPERTIES = "/crm/properties/2026-09/contacts"
WRITE = "crm.schemas.contacts.write"
DEFINITION = {
    "name": "shoe_size",
    "label": "Shoe size",
    "type": "number",
    "fieldType": "number",
    "groupName": "contactinformation",
}


def request(standin: StandIn, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}
    return httpx.request(method, standin.url + path, json=body, headers=headers)


def call(standin: StandIn, method: str, path: str = "", body: Any = None) -> httpx.Response:
    return request(standin, method, PROPERTIES + path, body)


def listed(standin: StandIn, query: str = "") -> dict[str, Any]:
    found = call(standin, "GET", query).json()["results"]
    return {entry["name"]: entry for entry in found}
