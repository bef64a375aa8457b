"""What was computed before, kept for a while: in this process, or in Redis for several."""
