"""The rules of the relay. Pure: no clock, no environment, no network; same input, same output."""
