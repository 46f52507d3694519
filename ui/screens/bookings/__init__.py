"""« Réservations » : the grid of children, days and slots, painted from the keyboard."""
