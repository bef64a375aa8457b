"""A process of its own that decodes what strangers uploaded, and may die of it."""
