"""« Inscriptions » : who asks to come, who waits, who comes, who is over."""
