"""Daily sign-in: rewards for sets of days, kept by member."""
