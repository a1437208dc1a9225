"""The functions' calls to AWS, told of before they are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from permissions import Permissions


@dataclass(frozen=True)
class CheckedBoto3:
    """boto3 as a function sees it: its clients fail at a call that the function's role does not allow."""

    function: str
    permissions: Permissions
    environ: Mapping[str, str]

    def client(self, service: str, **options: Any) -> Any:
        """Return a client as boto3 does."""
        client = boto3.client(service, **options)  # type: ignore[call-overload] # any service, by name
        # As it is now: a thread of the function may live longer than the test that has set this up.
        environ = dict(self.environ)

        def check(params: Mapping[str, Any], model: Any, **_: object) -> None:
            operation = f"{model.service_model.service_name}.{model.name}"
            self.permissions.check(self.function, operation, params, environ)

        client.meta.events.register("provide-client-params", check)
        return client
