"""What people ask of a network, and the answers with what proves them."""
