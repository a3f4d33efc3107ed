"""Participants: everything that a saver, worker or retiree does."""
