"""A demonstration district of invented people and real kinds of agencies, and the story it plays.

Everything is entered through the product's own acts, so that the demonstration shows what the product does.
"""
