"""Keys at a running gateway, read and changed through its management API."""
