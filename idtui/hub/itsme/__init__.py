"""The hospital's side of itsme: keys and tokens stay here, desks get who confirmed and nothing else."""
