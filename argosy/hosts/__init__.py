"""What hosts of git repositories offer besides git: pull requests and their comments."""
