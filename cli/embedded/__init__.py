"""AWS on this machine, without containers: MiniStack, our own template on it, and a gateway in front.

Where MiniStack differs from AWS, the difference is made up for here and never in the functions.
"""
