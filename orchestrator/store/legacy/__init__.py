"""The collection of the ViT-only system, under ids and payload keys that it chose."""
