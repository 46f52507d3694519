"""Pure rules of reservations: until when, what goes together, how many, in which state."""
