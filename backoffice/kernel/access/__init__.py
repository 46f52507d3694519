"""Who may do what: the rights table, and the policies of the shared database made from it."""
