"""The marks on a report's text: what the finder proposed, and what a person decided of each."""
