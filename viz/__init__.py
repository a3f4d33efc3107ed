"""The live page: Solara on loopback, one world a session."""
