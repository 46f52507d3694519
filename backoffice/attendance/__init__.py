"""Who was really there."""
