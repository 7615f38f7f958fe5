"""How far data gets: agreements prepared for a question, and the searches over them."""
