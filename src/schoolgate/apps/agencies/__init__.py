"""The parties outside, and why data may move between them."""
