"""What the 4200A is sent and answers, as text. Pure: no stimuli, no I/O."""
