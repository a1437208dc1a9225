"""Segment events into HubSpot: what the ingest and the sender functions share."""
