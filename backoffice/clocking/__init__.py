"""« Pointage »: who really came, when, and what an absence costs."""
