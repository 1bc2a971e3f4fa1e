"""Every call of a search, held as one request."""
