"""Parameters fitted to data."""
