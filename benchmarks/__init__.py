"""What measures how fast the service is, beside its targets."""
