"""How long records are kept, what holds them, and their destruction by two signers."""
