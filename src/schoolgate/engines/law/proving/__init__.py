"""What holds for every possible case: claims, comparisons, provisions that cannot matter, mutants."""
