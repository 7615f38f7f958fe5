"""Signing in: second factors, the district's own sign-in, sessions, and what is written of all of it."""
