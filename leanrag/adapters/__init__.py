"""One vendor a module."""
