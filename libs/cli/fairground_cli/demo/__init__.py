"""`fairground demo`: a year of real orders, replayed through every part of Fairground, and what came of it."""
