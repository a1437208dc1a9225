"""`relay connect`: sets a destination up, or rotates its credentials, in SSM."""
