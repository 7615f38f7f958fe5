"""What left: the only way out."""
