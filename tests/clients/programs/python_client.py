"""Sends the calls of a plan through a Python client: its package is the argument, the plan on standard input.

Prints the errors that the client has told its user of.
"""

import importlib
import json
import sys

NAMES = {"userId": "user_id", "groupId": "group_id"}


def main(package: str) -> None:
    plan = json.load(sys.stdin)
    errors: list[str] = []
    client = importlib.import_module(f"{package}.client").Client(
        plan["writeKey"],
        host=plan["url"],
        on_error=lambda error, _: errors.append(str(error)),
        max_retries=4,
        upload_interval=0.2,
    )
    for call in plan["calls"]:
        method = getattr(client, call["type"])
        method(**{NAMES.get(name, name): value for name, value in call.items() if name != "type"})
    client.flush()
    client.join()
    json.dump({"errors": errors}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
