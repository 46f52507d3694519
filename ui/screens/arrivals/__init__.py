"""« À classer » : what arrived by mail or from the scanner, and whose it is."""
