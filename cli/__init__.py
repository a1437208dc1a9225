"""What is run on a laptop and never deployed: the `relay` command and what stands behind it."""
