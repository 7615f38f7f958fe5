"""Lists of many children: proposed with a purpose, confirmed by a second person, then a file for two weeks."""
