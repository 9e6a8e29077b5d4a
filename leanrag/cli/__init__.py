"""The leanrag command."""
