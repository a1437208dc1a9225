"""Lies beside a sender as sitecustomize.py: its clock is wrong by as many seconds as a file says."""

import os
import time
from pathlib import Path

_FILE = Path(os.environ["CLOCK_FOLDER"]) / str(os.getpid())
_LOOK_EVERY_S = 0.02
_time, _time_ns, _monotonic = time.time, time.time_ns, time.monotonic
_seen = {"at_s": 0.0, "offset_s": 0.0}


def _offset_s() -> float:
    now_s = _monotonic()
    if now_s - _seen["at_s"] >= _LOOK_EVERY_S:
        _seen["at_s"] = now_s
        # Half written, it holds nothing yet.
        text = _FILE.read_text(encoding="utf-8") if _FILE.exists() else ""
        if text and float(text) != _seen["offset_s"]:
            _seen["offset_s"] = float(text)
            _FILE.with_suffix(".jumped").touch()
    return _seen["offset_s"]


time.time = lambda: _time() + _offset_s()
time.time_ns = lambda: _time_ns() + int(_offset_s() * 1_000_000_000)
