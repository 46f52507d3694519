"""The seal of the journal of rows: each line's digest chained to the one before, what it shows, and its anchors."""
