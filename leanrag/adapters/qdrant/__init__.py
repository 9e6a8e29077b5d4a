"""What both engines share: filters, payloads, settings of a store."""
