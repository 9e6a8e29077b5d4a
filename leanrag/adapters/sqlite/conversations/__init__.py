"""Conversations kept in a file, each behind its wall."""
