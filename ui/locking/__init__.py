"""A desk that somebody left: covered, disconnected, and given back to whoever types a password."""
