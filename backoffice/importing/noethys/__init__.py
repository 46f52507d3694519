"""Bringing in the data of Noethys (desktop program, files `…_DATA.dat`, versions 1.2.4 to 1.3)."""
