"""« Suivi des pièces » : what is missing, what ends soon, the rentrée, and how fast families are answered."""
