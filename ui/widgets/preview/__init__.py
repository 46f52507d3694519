"""What a family sent, page by page: read at any size, turned, made clearer, compared, put on another screen."""
