"""What the public and the auditor see."""
