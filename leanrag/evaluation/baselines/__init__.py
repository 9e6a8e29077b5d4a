"""What people use today, through its own packages and with its own defaults.

Each is imported only when a suite asks for it.
"""
