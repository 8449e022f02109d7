"""Who may do what: roles, keys, logins, limits, and what is kept of changes."""
