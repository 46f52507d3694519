"""The contracts of crèches: reserved hours, smoothed into months."""
