"""The outside: site file, camera workers, hub, HTTP, pages, command line."""
