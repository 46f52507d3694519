"""The grid of reservations as it is drawn: tiles of states, the table with its frozen column, the bars under it."""
