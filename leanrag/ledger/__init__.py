"""What calls to models cost, and what leanrag saves."""
