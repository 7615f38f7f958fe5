"""The law as text: nouns, provisions with their conditions, and the rulebook that stacks them."""
