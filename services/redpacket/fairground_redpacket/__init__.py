"""Red packets (红包): split in advance and shuffled by a seed, paid by the platform or by members."""
