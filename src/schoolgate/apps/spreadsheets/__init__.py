"""Spreadsheets of people and incidents come in: mapped by a person, tried, then brought in by a task."""
