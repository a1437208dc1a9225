"""The console: a web page on this machine that shows what becomes of events, and tries any event."""
