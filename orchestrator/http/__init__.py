"""HTTP: one file a resource; errors become problem+json in `problems` and nowhere else."""
