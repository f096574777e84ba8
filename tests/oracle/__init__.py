"""A second opinion on the graph language: slow, plain, and with no import of what it judges."""
