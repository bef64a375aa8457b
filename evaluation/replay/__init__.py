"""Two weight tables on logged impressions: which would have served better."""
