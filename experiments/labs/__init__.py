"""Parts of the world run alone: the market, the savers, the savers under an imposed price."""
