"""How much one invocation of the sender works on, by what its memory and its time hold. Pure.

What lies on the queue is handed out whatever its size: up to 6 MB, which unpack to gigabytes. So a batch is
unpacked up to a budget, and the rest goes back to the queue. Half of the memory is never used: the budget is
cut from what the other half leaves beside the process itself. The figures were measured with the batches of
`make bench BENCH=worst`, in CPython 3.11; docs/security.md has what came out.
"""

from dataclasses import dataclass

# Lambda gives a whole vCPU with this much memory (AWS Lambda, "Memory").
VCPU_MB = 1_769
DEFAULT_MEMORY_MB, DEFAULT_LEFT_MS = 1_769, 120_000
# The process with its libraries and clients takes 80 MB before the first record, the batch itself up to 20.
BASE_MB = 100
# What one of each takes at most until its line is written: a text that has a single character beyond ASCII
# takes four bytes for each of its own, and is there as text, as value, and as what is sent; a trait without a
# property takes 180 bytes as JSON, and as much again as what was left out, and why; an event takes 7 KB if it
# is malformed, 9 KB with its contact, its company and their memory.
BYTE_COST, VALUE_COST, EVENT_COST = 12, 400, 12_000
# How the room is shared, in percent. Of 1,769 MB, 784 MB are room: for 34 MB unpacked, 616,000 values, 13,700
# events. Of 512 MB, 156 MB are: for a fifth of that.
_BYTE_SHARE, _VALUE_SHARE, _EVENT_SHARE = 50, 30, 20
# What fits in any case, so that 256 MB will do: two messages of the usual size, which hold 250 events.
_LEAST_BYTES, _LEAST_VALUES, _LEAST_EVENTS = 2_000_000, 50_000, 500
# What is begun for each second that is left, with a whole vCPU. An event takes 0.7 ms of it at most, a value
# 20 µs: 0.4 s of each second, whichever memory there is.
_VALUES_A_SECOND, _EVENTS_A_SECOND = 10_000, 250
# What is weighed for each second that is left, and what is unpacked in vain of records that are too large:
# that takes up to 4 ms of a whole vCPU for each MB.
_SCANNED_BYTES_A_SECOND = 10_000_000
# Each destination has its connection to HubSpot, its threads and its list of properties: 3 MB.
MAX_DESTINATIONS, _MB_A_DESTINATION = 64, 16


@dataclass(frozen=True, slots=True)
class Load:
    """What records weigh: unpacked bytes, JSON values, events."""

    unpacked_bytes: int = 0
    values: int = 0
    events: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.unpacked_bytes + other.unpacked_bytes, self.values + other.values, self.events + other.events
        )

    def __sub__(self, other: "Load") -> "Load":
        return Load(
            self.unpacked_bytes - other.unpacked_bytes, self.values - other.values, self.events - other.events
        )

    def fits(self, room: "Load") -> bool:
        """Say whether there is room for it; what is exactly as large fits."""
        return (
            self.unpacked_bytes <= room.unpacked_bytes
            and self.values <= room.values
            and self.events <= room.events
        )

    def within(self, room: "Load") -> "Load":
        """Return as much of it as there is room for."""
        return Load(
            min(self.unpacked_bytes, room.unpacked_bytes),
            min(self.values, room.values),
            min(self.events, room.events),
        )

    def share_of(self, whole: "Load") -> float:
        """Return which part of a whole it takes, of that of which it takes most."""
        return max(
            self.unpacked_bytes / whole.unpacked_bytes, self.values / whole.values, self.events / whole.events
        )


# A message as ingest packs it has 250 events at most, some hundred KB unpacked. What is larger is taken after
# these, so that it does not keep them waiting.
ORDINARY = Load(512_000, 25_000, 250)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one invocation may work on: of `whole`, one record `half` at most.

    So many bytes may be scanned to weigh records, and as many in vain of those that are too large; it
    delivers to so many destinations.
    """

    whole: Load
    scanned_bytes: int
    destinations: int

    @property
    def half(self) -> Load:
        """What a single record may weigh, and what is kept for records of either size."""
        whole = self.whole
        return Load(whole.unpacked_bytes // 2, whole.values // 2, whole.events // 2)


def budget_for(memory_mb: int, left_ms: int) -> Budget:
    """Return what a function of this memory may work on that ends in so many milliseconds."""
    room = max(0, memory_mb // 2 - BASE_MB) * 1024 * 1024 // 100
    cpu_ms = max(0, left_ms) * min(memory_mb, VCPU_MB) // VCPU_MB
    return Budget(
        Load(
            max(_LEAST_BYTES, room * _BYTE_SHARE // BYTE_COST),
            max(_LEAST_VALUES, min(room * _VALUE_SHARE // VALUE_COST, cpu_ms * _VALUES_A_SECOND // 1000)),
            max(_LEAST_EVENTS, min(room * _EVENT_SHARE // EVENT_COST, cpu_ms * _EVENTS_A_SECOND // 1000)),
        ),
        cpu_ms * _SCANNED_BYTES_A_SECOND // 1000,
        max(1, min(MAX_DESTINATIONS, memory_mb // _MB_A_DESTINATION)),
    )


DEFAULT_BUDGET = budget_for(DEFAULT_MEMORY_MB, DEFAULT_LEFT_MS)
