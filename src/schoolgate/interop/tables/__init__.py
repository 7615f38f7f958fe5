"""Tables in: comma-separated text with every limit it needs, and any spreadsheet by a mapping of its columns."""
