"""Edit JSON text without reformatting it. The public interface is ``Edit`` in ``edit``."""
