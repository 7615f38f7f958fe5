"""Django's PostgreSQL, whose connections know for whom they work."""
