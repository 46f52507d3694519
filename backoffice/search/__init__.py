"""Universal search: one word, everything it names."""
