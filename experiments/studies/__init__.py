"""One short script a question; the first place a newcomer looks."""
