"""The command line: `backoffice …`. Everything the window does to the data can be done, and repeated, from here."""
