"""Notices to the district's own people: on their next page, and by a mail that says nothing."""
