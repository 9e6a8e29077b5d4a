"""Conversations: what is kept, what of them is sent."""
