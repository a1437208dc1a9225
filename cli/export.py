"""Rejected events in a file: one JSON object a line, whole, so that they can be read and sent again.

They hold personal data, so the file is its owner's alone. What stands in it may be deleted elsewhere, so it
is on the disk before anybody is told that it was written.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from cli.rejected import Message, Wanted, rejects_in
from cli.rejects import event_json
from relay.core.envelopes import Envelope, unpack
from relay.core.grants import to_plain


class Export:
    """A new file. Use as a context manager; one that nothing was written to is removed at the end."""

    def __init__(self, path: Path) -> None:
        """Make the file.

        Raises:
            OSError: it cannot be made, such as FileExistsError for one that is there.
        """
        self.path = path
        self.lines = 0
        self._size = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        if not self.lines:
            self.path.unlink()

    def write(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Write lines, and wait until they are on the disk.

        Raises:
            OSError: that did not succeed, such as on a full disk. The lines before stand as they did.
        """
        # ASCII, so that no text of an event can look like the end of a line.
        text = "".join(f"{json.dumps(line)}\n" for line in lines).encode("ascii")
        try:
            self._append(text)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(text)
        self.lines += len(lines)

    def _append(self, text: bytes) -> None:
        left = memoryview(text)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        if not self.lines:
            _settle(self.path.absolute().parent)


def lines_of(message: Message, wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    """Yield what is wanted of a message: each event with all that is known of it, `grant` what it may do.

    A message that is no envelope has its `body`, as it came.
    """
    letter = unpack(message.body)
    more: dict[str, Any] = {}
    if not isinstance(letter, Envelope):
        more["body"] = message.body
    elif letter.grant:
        more["grant"] = to_plain(letter.grant)
    for reject in rejects_in(message):
        if wanted.matches(reject):
            yield {**event_json(reject), **more}


def _settle(folder: Path) -> None:
    """Wait until a new name is on the disk, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
