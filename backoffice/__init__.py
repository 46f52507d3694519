"""Back-office Enfance: the application, without its window."""

__version__ = "0.1.0"
