"""Protecting the users in a log: what is hidden at import, who could be recognised, and how somebody is forgotten."""
