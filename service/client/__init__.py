"""A typed client of the API, for Python programs: `from service.client.client import Client`."""
