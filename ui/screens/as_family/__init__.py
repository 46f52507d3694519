"""« Voir comme la famille »."""
