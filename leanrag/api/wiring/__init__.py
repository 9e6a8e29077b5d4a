"""Makes and keeps what a session needs: store, models, endpoint, threads."""
