"""leanrag inside other frameworks."""
