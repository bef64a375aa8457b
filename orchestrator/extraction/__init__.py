"""An upload in, vectors and texts out: check, extract, judge."""
