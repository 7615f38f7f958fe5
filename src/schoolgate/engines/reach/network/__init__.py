"""What is known: agencies, agreements, and the networks that ship with the product."""
