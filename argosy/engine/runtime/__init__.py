"""Where the processes of steps run: records of what is to be started, and what starts it."""
