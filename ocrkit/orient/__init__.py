"""Which way is up on a page."""

from ocrkit.orient.orienter import OrienterSettings, TileOrienter

__all__ = ["OrienterSettings", "TileOrienter"]
