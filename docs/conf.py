"""Settings of the documentation; warnings are errors."""

from ocrkit import __version__

project = "ocrkit"
author = "the ocrkit developers"
copyright = "2026, the ocrkit developers"
release = version = __version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
html_theme = "furo"
html_title = f"ocrkit {release}"
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
default_role = "any"

autodoc_typehints = "none"  # the docstrings say types in words
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# Names in docstrings that are no cross references: of other libraries, or words of the type language.
nitpick_ignore_regex = [("py:.*", ".*"), ("any", ".*")]
suppress_warnings = ["ref.any", "autodoc.mocked_object"]
