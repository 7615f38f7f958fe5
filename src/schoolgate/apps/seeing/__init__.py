"""Who can see what, and by which rule. Nothing is decided here: the querysets and the routes are asked."""
