"""The rankers that are compared, all by the same narrow protocol."""
