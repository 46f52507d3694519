"""« Changer mon mot de passe » on a shared database."""
