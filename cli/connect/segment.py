"""What is left to do in Segment, in words. Pure."""

from collections.abc import Collection, Iterator, Sequence

from cli.connect.plan import Write
from cli.doctor.facts import HEADER_SECRET, SIGNING_SECRET, WRITE_KEYS


def webhook_url(output: str, destination: str) -> str:
    """Return the webhook's URL of a destination, given that of `default`."""
    return f"{output.rpartition('/')[0]}/{destination}"


def steps(url: str, writes: Sequence[Write], *, is_rotation: bool, is_finished: bool) -> Iterator[str]:
    """Yield what to do in Segment, and where; secrets themselves are not in it."""
    names = {write.name for write in writes}
    secrets = names & {SIGNING_SECRET, HEADER_SECRET}
    if secrets and not is_finished:
        yield from _webhook(url, secrets, is_rotation=is_rotation)
    if WRITE_KEYS in names:
        base = url.partition("/webhook/")[0]
        yield f"For Segment's libraries: the write key, and {base} as host (its paths begin with /v1)."
    if writes:
        yield "It counts within five minutes: the functions remember parameters for so long."


def _webhook(url: str, secrets: Collection[str], *, is_rotation: bool) -> Iterator[str]:
    yield (
        "In Segment, open the destination Webhooks (Actions) of your source (or add it: Connections > "
        "Catalog > Destinations)."
    )
    if not is_rotation:
        yield f"Mapping > URL: {url}, method POST, Data $. (the whole event), batches of 1000."
    if SIGNING_SECRET in secrets:
        yield "Settings > Shared Secret: the signing secret."
    if HEADER_SECRET in secrets:
        yield "Mapping > Headers: Authorization = Bearer, a blank, and the header secret."
    if is_rotation:
        destination = url.rpartition("/")[2]
        yield f"Then: `relay connect {destination} --finish-rotation`. Until then old and new are good."
    else:
        yield 'Test mapping: the answer begins with {"success": true. Then enable mapping and destination.'
