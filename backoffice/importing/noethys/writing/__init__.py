"""From what was read in a Noethys file to our own wings: one module for each of them."""
