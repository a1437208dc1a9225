"""What usage costs at AWS's list prices: us-east-1, on demand, arm64, without the free tier. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

_MILLION = 1_000_000
# aws.amazon.com/api-gateway/pricing: HTTP API, each started 512 KB of a request.
HTTP_API_REQUEST = 1.00 / _MILLION
# aws.amazon.com/lambda/pricing: requests, and GB-seconds on arm64.
LAMBDA_REQUEST = 0.20 / _MILLION
LAMBDA_GB_S = 0.0000133334
# aws.amazon.com/sqs/pricing: a standard queue, each started 64 KB of a call.
SQS_REQUEST = 0.40 / _MILLION
# aws.amazon.com/dynamodb/pricing/on-demand, Standard table class.
READ_UNIT = 0.125 / _MILLION
WRITE_UNIT = 0.625 / _MILLION
# aws.amazon.com/cloudwatch/pricing: ingestion into a log group of the Standard class, a gigabyte of 10^9.
LOG_BYTE = 0.50 / 1_000_000_000


@dataclass(frozen=True, slots=True)
class Work:
    """The invocations of one function: how many, and the milliseconds and the memory that are billed."""

    invocations: int
    ms: float
    memory_mb: int

    @property
    def dollars(self) -> float:
        """Requests and GB-seconds."""
        gb_s = self.ms / 1000 * self.memory_mb / 1024
        return self.invocations * LAMBDA_REQUEST + gb_s * LAMBDA_GB_S


@dataclass(frozen=True, slots=True)
class Usage:
    """What some events have used."""

    events: int
    api_requests: int
    ingest: Work
    sender: Work
    sqs_requests: int
    reads: float
    writes: int
    log_bytes: int

    def per_1k_events(self) -> Mapping[str, float]:
        """Return what a thousand events use."""
        counts = {
            "api_requests": self.api_requests,
            "ingest_invocations": self.ingest.invocations,
            "ingest_ms": self.ingest.ms,
            "sender_invocations": self.sender.invocations,
            "sender_ms": self.sender.ms,
            "sqs_requests": self.sqs_requests,
            "dynamodb_reads": self.reads,
            "dynamodb_writes": self.writes,
            "log_kb": self.log_bytes / 1000,
        }
        return {name: round(count * 1000 / self.events, 1) for name, count in counts.items()}

    def dollars_per_million_events(self) -> Mapping[str, float]:
        """Return what a million events cost, by service; `total` is their sum."""
        dollars = {
            "api_gateway": self.api_requests * HTTP_API_REQUEST,
            "ingest": self.ingest.dollars,
            "sender": self.sender.dollars,
            "sqs": self.sqs_requests * SQS_REQUEST,
            "dynamodb_reads": self.reads * READ_UNIT,
            "dynamodb_writes": self.writes * WRITE_UNIT,
            "logs": self.log_bytes * LOG_BYTE,
        }
        dollars["total"] = sum(dollars.values())
        return {name: round(each * _MILLION / self.events, 3) for name, each in dollars.items()}
