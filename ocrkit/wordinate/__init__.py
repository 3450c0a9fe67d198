"""From windows and their readings to the words of a page."""

from ocrkit.wordinate.lexicon import Lexicon
from ocrkit.wordinate.wordinator import LexiconWordinator, WordinatorSettings

__all__ = ["Lexicon", "LexiconWordinator", "WordinatorSettings"]
