"""The model held against published figures."""
