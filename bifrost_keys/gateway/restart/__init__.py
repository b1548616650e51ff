"""What the next starts of the gateway make of the file and of its database."""
