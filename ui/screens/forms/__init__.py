"""« Fiches à signer » : made, sent, followed until they come back signed."""
