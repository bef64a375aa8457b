"""Frames of videos, and thumbnails, by a decoder in a process of its own."""
