"""What is remembered of the feeds that are read again and again."""
