"""From files to embedded chunks."""
