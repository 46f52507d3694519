"""« Mon travail »: what waits for this agent, counted from everything below."""
