"""Break-glass: a member of staff opens one student's or one incident's record in an emergency, and is looked at."""
