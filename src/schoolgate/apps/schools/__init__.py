"""The district and its schools."""
