"""Tags of pages about copies seen elsewhere."""
