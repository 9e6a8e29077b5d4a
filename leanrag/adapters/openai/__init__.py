"""Services that speak OpenAI's chat API."""
