"""What a contact is called inside the sender: its address, or a unique property with the value. Pure.

A handle is a text, so that whatever is remembered lies under one kind of key: `kim@example.org`,
`customer_id:42`, `hs_object_id:501`. No address holds a colon, and no property's name does.
"""

from collections.abc import Mapping

from relay.core.mapping import CONTACTS, ObjectRef, UpsertObject

EMAIL = "email"
# HubSpot's own id of a record. An upsert cannot find a contact by it, an update can.
RECORD = "hs_object_id"


def handle_for(name: str, value: str) -> str:
    """Return the handle of the contact that has a value in a unique property."""
    return value if name == EMAIL else f"{name}:{value}"


def handle_of(ref: ObjectRef) -> str:
    """Return the handle of a contact that is meant."""
    return handle_for(ref.id_property, ref.id)


def ref_of(handle: str) -> ObjectRef:
    """Return which contact a handle means."""
    name, colon, value = handle.partition(":")
    return ObjectRef(CONTACTS, name, value) if colon else ObjectRef(CONTACTS, EMAIL, handle)


def kind_of(handle: str) -> str:
    """Return the property by which a handle names its contact."""
    return ref_of(handle).id_property


def is_address(handle: str) -> bool:
    """Say whether a handle is an address."""
    return kind_of(handle) == EMAIL


def identity_of(handle: str) -> Mapping[str, str]:
    """Return the property that a contact has by its handle; a record's id is none that can be set."""
    ref = ref_of(handle)
    return {} if ref.id_property == RECORD else {ref.id_property: ref.id}


def contact_intent(handle: str, properties: Mapping[str, str]) -> UpsertObject:
    """Return what is asked of the contact of a handle, with the property that it is known by."""
    return UpsertObject(ref_of(handle), {**properties, **identity_of(handle)})
