"""The `fairground` command: everything that an operator or a developer does from a terminal."""
