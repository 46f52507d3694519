"""Reservations: what families book slot by slot, within the rules of each activity."""
