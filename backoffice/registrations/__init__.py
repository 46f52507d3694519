"""The registration of a child to an activity, which asks for documents."""
