"""Copies of the whole database that only the town's key opens, and the way back."""
