"""The ViT-only system beside the new one: its collection read and written, its ranking kept."""
