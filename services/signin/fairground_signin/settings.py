"""What only sign-in has to be told: nothing. It draws nothing, so it needs no secret; the rest is the runtime's."""
