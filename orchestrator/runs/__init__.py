"""Runs over very many posts: waited for, counted, reported, and stopped at any point."""
