"""The village, for every test of this folder."""

from tests.families.village import either_village, empty_file, shared_village, village

__all__ = ["either_village", "empty_file", "shared_village", "village"]
