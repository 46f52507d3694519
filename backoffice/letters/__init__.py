"""What the town writes to families and what arrives by mail: templates, letters held then sent, mailboxes."""
