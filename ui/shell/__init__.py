"""What surrounds every page: top bar, navigation, status, search, history of places."""
