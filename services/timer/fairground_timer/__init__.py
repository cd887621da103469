"""Durable time: commands that services ask for are kept in PostgreSQL and given when they are due."""
