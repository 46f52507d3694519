"""Which database: that of this computer, or that of the town. Asked the first time, and whenever one wants to."""
