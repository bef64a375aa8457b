"""Which ranker makes a feed: flags, a share of the viewers, and a fallback where one fails."""
