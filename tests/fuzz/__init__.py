"""Coverage-guided fuzzing of everything that takes files from strangers; see ``docs/howto/fuzz.md``."""
