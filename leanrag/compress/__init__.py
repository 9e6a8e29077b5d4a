"""From hits to the sentences that the answer needs."""
