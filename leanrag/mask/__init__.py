"""What must not leave the machine, and the stand-ins that leave in its place."""
