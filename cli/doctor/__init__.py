"""`relay doctor`: looks at a destination from end to end and says what to mend. It changes nothing."""
