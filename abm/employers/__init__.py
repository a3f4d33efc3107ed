"""Employers: who sponsors a plan and what its menu offers."""
