"""A HubSpot to practise on: a real HTTP server with state, limits and faults, on this machine only.

It answers as HubSpot documents, and is strict where HubSpot is, so that what works here has a chance there.
"""
