"""The function that Segment calls."""
