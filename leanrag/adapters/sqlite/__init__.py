"""Files of SQLite: the ledger and the conversations."""
