"""What arrives without a known family: mails, scans, a portal's deposits; the sorting basket where agents tie them."""
