"""What is asked, and the decision."""
