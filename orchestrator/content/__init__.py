"""What was uploaded, told by its content: a picture, or a video."""
