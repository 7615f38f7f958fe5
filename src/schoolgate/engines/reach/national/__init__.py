"""A million agreements in columns: the day sweep, what-if, and many schools at once."""
