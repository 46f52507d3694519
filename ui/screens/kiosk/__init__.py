"""« Kiosque » : a section on a whole screen, clocked by touch."""
