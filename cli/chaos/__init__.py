"""Faults injected into the whole relay, on the embedded AWS, and HubSpot's state compared with a model's."""
