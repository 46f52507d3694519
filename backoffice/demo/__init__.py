"""An invented town to try the program on: Valbrume, its structures, families and autumn."""
