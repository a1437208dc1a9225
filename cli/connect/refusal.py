"""What cannot be done."""


class RefusedError(Exception):
    """What the user wants cannot be done, and nothing was; the text says why, and what to do instead."""
