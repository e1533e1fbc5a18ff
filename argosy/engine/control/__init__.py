"""The controller: decides what runs, as Argo's workflow-controller 3.7.3 does."""
