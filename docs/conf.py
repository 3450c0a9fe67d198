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
default_role = "py:obj"

autodoc_typehints = "none"  # the docstrings say types in words
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False
# What docstrings name that has no entry of its own: parameters, and fields, which are described as
# parameters of their class; Python's errors; programs.
nitpick_ignore_regex = [("py:obj", r"[a-z_]+|\w+\.[a-z_]+|(Value|Type|OS)Error|ocrkit\.spec\.OcrEngine\.read")]
