"""The old system's posts into the new collection: fetched, extracted, stored, verified."""
