"""Measurements, each printing JSON lines. Machines are noisy: none of them is a test."""

from collections.abc import Callable, Mapping

from cli.bench import bad_apples, bucket, cost, ingest, mapping, memory, w1, w2, w3, worst

BENCHES: Mapping[str, Callable[[], None]] = {
    "ingest": ingest.measure,
    "bucket": bucket.measure,
    "mapping": mapping.measure,
    "memory": memory.measure,
    "w1": w1.measure,
    "w2": w2.measure,
    "w3": w3.measure,
    "bad_apples": bad_apples.measure,
    "cost": cost.measure,
    "worst": worst.measure,
}
