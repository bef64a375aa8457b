"""Posts with their vectors, and viewers' events: one protocol, several engines."""
