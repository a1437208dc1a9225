"""Lies beside a sender as sitecustomize.py: its clock is wrong, by one of several offsets in each process."""

import os
import time

_OFFSETS_MS = [int(each) for each in os.environ.get("CLOCK_OFFSETS_MS", "0").split()]
_OFFSET_MS = _OFFSETS_MS[os.getpid() % len(_OFFSETS_MS)]
_time, _time_ns = time.time, time.time_ns

time.time = lambda: _time() + _OFFSET_MS / 1000
time.time_ns = lambda: _time_ns() + _OFFSET_MS * 1_000_000
