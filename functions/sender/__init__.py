"""The function that calls HubSpot."""
