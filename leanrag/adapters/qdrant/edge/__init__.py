"""The embedded engine: a store that is a folder."""
