"""What all activities share: their files, their lifecycle, whom they are for, their seeds, and the prize engine."""
