"""From evidence to messages under a budget."""
