"""From a conversation to the turns that fit."""
