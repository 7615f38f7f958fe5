"""Who acts, and what each role may do. No acts and no tables."""
