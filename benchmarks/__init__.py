"""How fast and how good Wayside is: one script, one question, one stamped JSON per run."""
