"""What the template tells the handlers: environment variables → frozen values, checked once.

Plain dataclasses, because ingest's cold start has no time for pydantic. Each handler reads exactly the
variables named in `VARIABLES`; a test holds the template to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from relay.core.budgets import DEFAULT_MEMORY_MB


@dataclass(frozen=True, slots=True)
class IngestEnvironment:
    """The ingest function's settings."""

    VARIABLES: ClassVar[frozenset[str]] = frozenset({"PARAMETER_PREFIX", "EVENTS_QUEUE_URL", "BUCKET_TABLE"})

    parameter_prefix: str
    events_queue_url: str
    bucket_table: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "IngestEnvironment":
        """Read `environ`. Raises KeyError with the name of a variable that is missing."""
        return cls(
            parameter_prefix=environ["PARAMETER_PREFIX"],
            events_queue_url=environ["EVENTS_QUEUE_URL"],
            bucket_table=environ["BUCKET_TABLE"],
        )


@dataclass(frozen=True, slots=True)
class SenderEnvironment:
    """The sender function's settings; its `memory_mb` is told by Lambda itself."""

    VARIABLES: ClassVar[frozenset[str]] = frozenset(
        {
            "PARAMETER_PREFIX",
            "EVENTS_QUEUE_URL",
            "REJECTS_QUEUE_URL",
            "BUCKET_TABLE",
            "PROFILE_TABLE",
            "RETRY_DELAY_S",
            "HUBSPOT_TIMEOUT_S",
            "SENDER_THREADS",
            "REST_S",
        }
    )

    parameter_prefix: str
    events_queue_url: str
    rejects_queue_url: str
    bucket_table: str
    profile_table: str
    retry_delay_s: float
    hubspot_timeout_s: float
    threads: int
    rest_ms: int
    memory_mb: int = DEFAULT_MEMORY_MB

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "SenderEnvironment":
        """Read `environ`. Raises KeyError or ValueError with what is missing or not a number."""
        return cls(
            parameter_prefix=environ["PARAMETER_PREFIX"],
            events_queue_url=environ["EVENTS_QUEUE_URL"],
            rejects_queue_url=environ["REJECTS_QUEUE_URL"],
            bucket_table=environ["BUCKET_TABLE"],
            profile_table=environ["PROFILE_TABLE"],
            retry_delay_s=float(environ["RETRY_DELAY_S"]),
            hubspot_timeout_s=float(environ["HUBSPOT_TIMEOUT_S"]),
            threads=int(environ["SENDER_THREADS"]),
            rest_ms=int(float(environ["REST_S"]) * 1000),
            memory_mb=int(environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", DEFAULT_MEMORY_MB)),
        )
