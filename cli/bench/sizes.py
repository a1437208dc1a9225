"""How large an item is, by the rules in DynamoDB's developer guide ("Item sizes and formats")."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def item_size(item: "Mapping[str, AttributeValueTypeDef]") -> int:
    """Return the bytes of the attributes' names and values, by which writes are charged."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: "AttributeValueTypeDef") -> int:
    """Return the bytes of a string, a number or a binary value."""
    if "S" in value:
        return len(value["S"].encode())
    if "N" in value:
        return number_size(value["N"])
    return len(bytes(value["B"]))


def number_size(text: str) -> int:
    """Return the bytes of a whole number: one for every two digits, and one more.

    The guide says "approximately". DynamoDB counts the digits in pairs from the decimal point, leaves out
    pairs of zeros at the end, and takes another byte for a minus.
    """
    number = abs(int(text))
    while number and number % 100 == 0:
        number //= 100
    pairs = (len(str(number)) + 1) // 2 if number else 0
    return pairs + 1 + text.startswith("-")
