"""« Règles » : what each activity decides of its reservations, dated, with where it is written."""
