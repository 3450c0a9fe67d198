"""Other libraries' interfaces over ours, for moving over by changing one import."""
