"""Plugins for other programs, by which they read with ocrkit."""
