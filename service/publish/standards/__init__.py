"""The states in the words of public standards; what is unknown is never told as free."""
