"""`make soak`: the whole relay at a steady rate, with a share of faults, for as long as one likes."""
