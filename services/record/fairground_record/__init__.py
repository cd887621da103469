"""The record: everything that stands on Fairground's topics, in PostgreSQL, complete and in order; and the audit."""
