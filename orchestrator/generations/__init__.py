"""Models change: the vectors of the next ones are made beside those that serve."""
