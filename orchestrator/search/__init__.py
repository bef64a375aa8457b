"""Finding posts by what they show and what they say."""
