"""« Pièces » : what families sent, looked at one after the other, and answered."""
