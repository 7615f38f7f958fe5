"""Copies that were seen to move on: the evidence, whom it touches, and the letters that follow."""
