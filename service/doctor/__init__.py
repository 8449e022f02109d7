"""What a service needs, checked before it is missed, and said in plain words."""
