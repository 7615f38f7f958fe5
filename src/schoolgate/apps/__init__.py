"""The Django apps, named by the nouns of the domain. State lives here and nowhere else."""
