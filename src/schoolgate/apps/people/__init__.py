"""Staff, students, guardians and their relations in time."""
