"""Plain pages for people: one per mission, an index, and the API's description."""
