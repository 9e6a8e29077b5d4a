"""The weights that ship, each folder with its card."""
