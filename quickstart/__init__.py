"""`make run`: everything from an empty folder to a served feed, on sample posts."""
