"""A viewer in, a page of ranked posts out: viewer → candidates → `ranking` → reasons."""
