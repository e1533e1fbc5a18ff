"""Notices: messages about a run that has ended, or has not in time, to Slack, a URL or by mail."""
