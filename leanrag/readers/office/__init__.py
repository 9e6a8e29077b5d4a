"""Office files, books and mail."""
