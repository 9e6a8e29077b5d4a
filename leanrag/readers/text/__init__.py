"""Plain text, source code, transcripts, records and tables in text."""
