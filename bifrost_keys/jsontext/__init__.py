"""Edit JSON text without reformatting it: ``Edit`` in ``edit`` is the way in."""
