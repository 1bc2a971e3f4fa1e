"""What a search will do and did, as data and as text."""
