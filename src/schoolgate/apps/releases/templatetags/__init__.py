"""Tags by which pages of rooms below show what is known of copies that have left."""
