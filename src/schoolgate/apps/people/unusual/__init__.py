"""Who reads far more than their peers: what is measured, the notices of it, and how much may be read in a day."""
