"""Stimuli become programs: what each card plays, within its limits. Pure: no I/O."""
