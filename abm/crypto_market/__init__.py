"""The crypto market: background traders, a daily auction, liquidity, leverage and venues."""
