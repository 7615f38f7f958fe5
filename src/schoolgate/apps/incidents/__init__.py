"""What happened, and its reports."""
