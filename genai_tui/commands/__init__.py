"""The commands of no stage, and what all commands share: the table, the frame, and `say`."""
